// subjects.mjs MAILDIR: one line per message that waits in it, oldest first: number, from,
// subject.  Encoded words are decoded (RFC 2047), and nothing reaches the terminal that it
// would take for a command.

import fs from 'node:fs';

const WIDTH = 76;

function decodeWord(whole, charset, encoding, text) {
  const bytes = encoding.toLowerCase() === 'b'
    ? Buffer.from(text, 'base64')
    : Buffer.from(text.replace(/_/g, ' ').replace(/=([0-9a-f]{2})/gi, (_, hex) => (
      String.fromCharCode(parseInt(hex, 16)))), 'latin1');
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return whole;
  }
}

function readable(text) {
  const line = text
    .replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
    .replace(/=\?([^?*]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi, decodeWord)
    .replace(/\p{C}/gu, '?');
  const letters = [...line];
  return letters.length <= WIDTH ? line : `${letters.slice(0, WIDTH - 1).join('')}…`;
}

function header(message, name) {
  const found = new RegExp(`^${name}: *((?:.*)(?:\\r?\\n[ \\t].*)*)`, 'im').exec(message.split(/\r?\n\r?\n/, 1)[0]);
  return readable((found?.[1] ?? '').replace(/\r?\n[ \t]/g, ' '));
}

const maildir = process.argv[2];
const messages = fs.readdirSync(`${maildir}/new`)
  .map((name) => `${maildir}/new/${name}`)
  .map((path) => ({ text: fs.readFileSync(path, 'utf8'), name: path }))
  .sort((a, b) => Date.parse(header(a.text, 'Date')) - Date.parse(header(b.text, 'Date')));

messages.forEach(({ text }, index) => {
  console.log(`  ${index + 1}  ${header(text, 'From')}`);
  console.log(`     ${header(text, 'Subject')}`);
});
console.log(`${messages.length} messages in ${maildir}`);
if (messages.length === 0) process.exitCode = 1;
