// supervisor.mjs DIR: the sandbox as one process.
//
// It opens every port itself (any free one, unless told), runs the OpenID server, hands
// the mail ports over to a Dovecot of its own, writes down where all of it is, and says
// "ready" on descriptor 3.  On SIGTERM or SIGINT, when a mail server ends, or when the
// process SANDBOX_WHILE is gone, it ends them, removes DIR and ends.
//
// Environment, each optional: SANDBOX_WHILE (a process id), SANDBOX_USER (to become, when
// root), SANDBOX_OPENID_PORT and SANDBOX_IMAPS_PORT (instead of free ones),
// SANDBOX_ADDRESS (one more IPv4 address to serve, which the answers files then name),
// SANDBOX_CYRUS_ROOT (where cyrus.sh unpacked Cyrus: it is started too) with
// SANDBOX_CYRUS_VERSION, or SANDBOX_CYRUS_MISSING (why it cannot be had).

import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { execFileSync } from 'node:child_process';
import { cyrusEndpoints, servePasswords, startCyrus, writeCyrusConfig } from './cyrus.mjs';
import { imapEndpoints, lmtpEndpoints, startDovecot, writeDovecotConfig } from './dovecot.mjs';
import { openidHandler } from './openid.mjs';
import { describe } from './describe.mjs';

const dir = process.argv[2];
const START_MS = 20000;
const STOP_MS = 5000;

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

// The first line of an IMAP server, or nothing when there is none yet.
function greeting({ address, port }) {
  return new Promise((resolve) => {
    const socket = net.connect(port, address);
    socket.setEncoding('utf8');
    socket.once('data', (text) => { socket.destroy(); resolve(text); });
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}

// Cyrus opens its ports a moment after its start.
async function greets(endpoint, process) {
  while (process.exitCode === null && process.signalCode === null) {
    if ((await greeting(endpoint)).startsWith('* OK')) return;
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  throw new Error('a mail server ended instead of greeting');
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

// The mail servers: each can be ended and started again, at the same ports.
const servers = {
  dovecot: {
    process: null,
    greeter: imapEndpoints.imap,
    sockets: null,
    spawn: async () => {
      const sockets = servers.dovecot.sockets ?? await listenForDovecot();
      servers.dovecot.sockets = null;
      return startDovecot(dir, sockets);
    },
  },
  cyrus: {
    process: null,
    root: process.env.SANDBOX_CYRUS_ROOT,
    greeter: cyrusEndpoints.cyrus_imap,
    spawn: async () => startCyrus(dir, servers.cyrus.root),
  },
};
let ending = false;
let ready = false;

const isRunning = (child) => child && child.exitCode === null && child.signalCode === null;

function stop(server) {
  const child = server.process;

  return new Promise((resolve) => {
    if (!isRunning(child)) { resolve(); return; }
    child.removeAllListeners('exit');
    child.once('exit', resolve);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
  });
}

async function launch(name) {
  const server = servers[name];

  if (isRunning(server.process)) return;
  server.process = await server.spawn();
  server.process.once('exit', () => { if (!ending) fail(`${name} ended.`); });
  server.process.once('error', (error) => fail(`${name} does not start: ${error.message}`));
  await greets(server.greeter, server.process);
}

async function end(status) {
  if (ending) return;
  ending = true;
  await Promise.all(Object.values(servers).map(stop));
  // Else whoever started it wants to read the log.
  if (ready) fs.rmSync(dir, { recursive: true, force: true });
  process.exit(status);
}

function fail(why) {
  console.error(why);
  for (const name of ['dovecot/out', 'dovecot/log', 'cyrus/out']) {
    try {
      console.error(fs.readFileSync(`${dir}/${name}`, 'utf8'));
    } catch { /* it did not come so far */ }
  }
  end(1);
}

// DIR/control: "stop NAME" and "start NAME" as a line each, answered by "done" when it is.
function serveControl() {
  const server = net.createServer((socket) => {
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.once('data', async (line) => {
      const [word, name] = line.trim().split(' ');
      if (servers[name]?.process && word === 'stop') await stop(servers[name]);
      else if (servers[name]?.process && word === 'start') await launch(name);
      else { socket.end('unknown\n'); return; }
      socket.end('done\n');
    });
  });
  server.listen(`${dir}/control`);
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

// At any free ports, and then at these again.
async function listenForDovecot() {
  const mail = [];

  for (const endpoint of Object.values({ ...imapEndpoints, ...lmtpEndpoints })) {
    mail.push(await listen(net.createServer(), endpoint));
  }
  return mail;
}

async function choosePorts(endpoints) {
  for (const endpoint of Object.values(endpoints)) {
    const server = await listen(net.createServer(), endpoint);
    await new Promise((resolve) => { server.close(resolve); });
  }
}

async function start() {
  let handler;
  const cyrus = servers.cyrus.root ? cyrusEndpoints : {};

  await listenAsOpenid((request, response) => handler(request, response));
  servers.dovecot.sockets = await listenForDovecot();
  await choosePorts(cyrus);
  if (process.getuid() === 0 && process.env.SANDBOX_USER) become(process.env.SANDBOX_USER);
  handler = openidHandler(`https://localhost:${openidEndpoints.openid.port}`);
  writeDovecotConfig(dir, openidEndpoints.openid.port);
  describe(dir, {
    ...imapEndpoints, ...lmtpEndpoints, ...cyrus, ...openidEndpoints,
  });
  serveControl();
  if (servers.cyrus.root) {
    writeCyrusConfig(dir, servers.cyrus.root);
    await servePasswords(dir);
  }
  await Promise.all(Object.keys(servers)
    .filter((name) => name !== 'cyrus' || servers.cyrus.root).map(launch));
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
