// node fill.mjs MAILDIR COUNT BYTES: that many messages, as Dovecot's own delivery leaves
// them: LF, and the sizes with LF and with CRLF in the name.
import { writeFileSync } from 'node:fs';

const [maildir, count, bytes] = [process.argv[2], ...process.argv.slice(3).map(Number)];
let seed = 1;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const line = () => {
  let text = '';
  while (text.length < 76) text += alphabet[random() >> 10 & 63];
  return text;
};
// Some lines, in another order in each message: no two are alike, and it is fast.
const lines = Array.from({ length: 509 }, line);
const now = Math.floor(Date.now() / 1000);

for (let number = 1; number <= count; number++) {
  const head = `From: sender${number % 7}@sandbox.test\nTo: bench@sandbox.test\n`
    + `Subject: message ${number}\nMessage-ID: <${number}.${now}@sandbox.test>\n`
    + 'Date: Sat, 28 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n'
    + 'Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n';
  const wanted = Math.max(1, Math.round((bytes - head.length) / 78)); // 78 with CRLF
  const body = [];
  for (let i = 0; i < wanted; i++) body.push(lines[(number * 31 + i * 7) % lines.length]);
  const text = `${head}${body.join('\n')}\n`;
  const breaks = 9 + wanted;
  const name = `${now}.M${String(number).padStart(6, '0')}P1.bench`
    + `,S=${text.length},W=${text.length + breaks}`;
  writeFileSync(`${maildir}/new/${name}`, text, { mode: 0o600 });
}
