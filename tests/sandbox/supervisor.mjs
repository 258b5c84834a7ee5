// supervisor.mjs DIR: the sandbox as one process.
//
// It opens every port itself (any free one, unless told), runs the OpenID server, hands
// the mail ports over to a Dovecot of its own, writes down where all of it is, and says
// "ready" on descriptor 3.  On SIGTERM or SIGINT, when Dovecot ends, or when the process
// SANDBOX_WHILE is gone, it ends Dovecot, removes DIR and ends.
//
// Environment, each optional: SANDBOX_WHILE (a process id), SANDBOX_USER (to become, when
// root), SANDBOX_OPENID_PORT and SANDBOX_IMAPS_PORT (instead of free ones),
// SANDBOX_ADDRESS (one more IPv4 address to serve, which the answers files then name).

import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { spawn, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { introspector } from './accounts.mjs';
import { openidHandler } from './openid.mjs';
import { describe } from './describe.mjs';

const dir = process.argv[2];
const here = fileURLToPath(new URL('.', import.meta.url));
// Read now: the user that root becomes may not be able to look into this checkout.
const templates = Object.fromEntries(['dovecot.conf', 'dovecot-oauth2.conf'].map(
  (name) => [name, fs.readFileSync(`${here}${name}.in`, 'utf8')]));
const START_MS = 20000;
const STOP_MS = 5000;

// What is listened on: a port each, because Dovecot finds the sockets it is handed by
// their port alone.  The last three show certificates that must be refused.  Dovecot takes
// a client of 127.0.0.1 for a secure one, whatever it is told; to 127.0.0.2 it is what a
// remote server is (no LOGIN before STARTTLS).
const imapEndpoints = {
  imaps: { address: '127.0.0.1', tls: true, port: process.env.SANDBOX_IMAPS_PORT },
  imap: { address: '127.0.0.1', tls: false },
  imap_remote: { address: '127.0.0.2', tls: false },
  imaps_wrong_host: { address: '127.0.0.3', tls: true, leaf: 'wrong-host' },
  imaps_expired: { address: '127.0.0.4', tls: true, leaf: 'expired' },
  imaps_untrusted: { address: '127.0.0.5', tls: true, leaf: 'untrusted' },
};
const lmtpEndpoints = { lmtp: { address: '127.0.0.1' } };
const openidEndpoints = {
  openid: { address: '127.0.0.1', port: process.env.SANDBOX_OPENID_PORT },
  openid_wrong_host: { address: '127.0.0.3', leaf: 'wrong-host' },
  openid_expired: { address: '127.0.0.4', leaf: 'expired' },
  openid_untrusted: { address: '127.0.0.5', leaf: 'untrusted' },
};
if (process.env.SANDBOX_ADDRESS) {
  imapEndpoints.imaps_outside = { address: process.env.SANDBOX_ADDRESS, tls: true };
  openidEndpoints.openid_outside = { address: process.env.SANDBOX_ADDRESS };
}

function listen(server, endpoint) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(endpoint.port ?? 0), endpoint.address, () => {
      endpoint.port = server.address().port;
      resolve(server);
    });
  });
}

function become(user) {
  const id = (flag) => Number(execFileSync('id', [flag, user]));
  const [uid, gid] = [id('-u'), id('-g')];
  execFileSync('chown', ['-R', `${uid}:${gid}`, dir]);
  process.setgroups([gid]);
  process.setgid(gid);
  process.setuid(uid);
}

function fill(name, values) {
  return templates[name].replace(/@([A-Z_]+)@/g, (_, word) => {
    if (!(word in values)) throw new Error(`${name} wants ${word}`);
    return values[word];
  });
}

function writeDovecotConfig() {
  const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  const group = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
  const endpoints = Object.entries(imapEndpoints);
  const values = {
    DIR: dir,
    USER: user,
    GROUP: group,
    OPENID_PORT: openidEndpoints.openid.port,
    LMTP_PORT: lmtpEndpoints.lmtp.port,
    INTROSPECTOR: `${introspector.id}:${introspector.secret}`,
    LISTENERS: endpoints.map(([name, { address, port, tls }]) => `  inet_listener ${name} {
    address = ${address}
    port = ${port}
    ssl = ${tls ? 'yes' : 'no'}
  }`).join('\n'),
    CERTIFICATES: endpoints.filter(([, { leaf }]) => leaf).map(([, { address, leaf }]) => `local ${address} {
  ssl_cert = <${dir}/tls/${leaf}.pem
  ssl_key = <${dir}/tls/${leaf}.key
}`).join('\n'),
  };
  for (const name of Object.keys(templates)) {
    fs.writeFileSync(`${dir}/dovecot/${name}`, fill(name, values), { mode: 0o600 });
  }
}

// Dovecot takes open sockets as systemd hands them over (sd_listen_fds(3)): descriptors
// from 3 on, their number, and the process they are meant for.
function startDovecot(servers) {
  const log = fs.openSync(`${dir}/dovecot/out`, 'a', 0o600);
  const child = spawn('setpriv', [
    '--pdeathsig', 'TERM', 'sh', '-c', 'LISTEN_PID=$$ exec "$@"', 'sh',
    'dovecot', '-F', '-c', `${dir}/dovecot/dovecot.conf`,
  ], {
    stdio: ['ignore', log, log, ...servers.map((server) => server._handle.fd)],
    env: { ...process.env, LISTEN_FDS: String(servers.length) },
  });
  fs.closeSync(log);
  servers.forEach((server) => server.close());
  return child;
}

// The first line of an IMAP server, or nothing when there is none yet.
function greeting(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.setEncoding('utf8');
    socket.once('data', (text) => { socket.destroy(); resolve(text); });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}

function watch(pid, gone) {
  const born = () => {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
      const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return words[0] === 'Z' ? null : words[19];
    } catch {
      return null;
    }
  };
  const first = born();
  setInterval(() => { if (first === null || born() !== first) gone(); }, 500).unref();
}

let dovecot = null;
let ending = false;
let ready = false;

function remove() {
  fs.rmSync(dir, { recursive: true, force: true });
}

function end(status) {
  if (ending) return;
  ending = true;
  const leave = () => {
    if (ready) remove(); // else whoever started it wants to read the log
    process.exit(status);
  };
  if (!dovecot || dovecot.exitCode !== null || dovecot.signalCode !== null) {
    leave();
    return;
  }
  dovecot.removeAllListeners('exit');
  dovecot.once('exit', leave);
  dovecot.kill('SIGTERM');
  setTimeout(() => dovecot.kill('SIGKILL'), STOP_MS);
}

function fail(why) {
  console.error(why);
  for (const name of ['out', 'log']) {
    try {
      console.error(fs.readFileSync(`${dir}/dovecot/${name}`, 'utf8'));
    } catch { /* it did not come so far */ }
  }
  end(1);
}

async function listenAsOpenid(handle) {
  for (const endpoint of Object.values(openidEndpoints)) {
    const leaf = `${dir}/tls/${endpoint.leaf ?? 'server'}`;
    await listen(https.createServer({
      key: fs.readFileSync(`${leaf}.key`),
      cert: fs.readFileSync(`${leaf}.pem`),
    }, handle), endpoint);
  }
}

async function start() {
  let handler;
  const mail = [];

  await listenAsOpenid((request, response) => handler(request, response));
  for (const endpoint of Object.values({ ...imapEndpoints, ...lmtpEndpoints })) {
    mail.push(await listen(net.createServer(), endpoint));
  }
  if (process.getuid() === 0 && process.env.SANDBOX_USER) become(process.env.SANDBOX_USER);
  handler = openidHandler(`https://localhost:${openidEndpoints.openid.port}`);
  writeDovecotConfig();
  describe(dir, { ...imapEndpoints, ...lmtpEndpoints, ...openidEndpoints });
  dovecot = startDovecot(mail);
  dovecot.once('exit', () => { if (!ending) fail('Dovecot ended.'); });
  dovecot.once('error', (error) => fail(`Dovecot does not start: ${error.message}`));
  if (!(await greeting(imapEndpoints.imap.port)).startsWith('* OK')) throw new Error('Dovecot does not greet.');
}

process.on('SIGTERM', () => end(0));
process.on('SIGINT', () => end(0));
process.on('SIGHUP', () => end(0));
if (process.env.SANDBOX_WHILE) watch(Number(process.env.SANDBOX_WHILE), () => end(0));
const late = setTimeout(() => fail(`Not ready after ${START_MS / 1000} s.`), START_MS);
start().then(() => {
  clearTimeout(late);
  ready = true;
  fs.writeSync(3, 'ready\n');
  fs.closeSync(3);
}, (error) => fail(error.stack));
