// Dovecot: its listeners, its configuration, its start.

import fs from 'node:fs';
import { spawn, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FRESH_DOMAIN, FRESH_PASSWORD, introspector } from './accounts.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
// Read now: the user that root becomes may not be able to look into this checkout.
const templates = Object.fromEntries(['dovecot.conf', 'dovecot-oauth2.conf'].map(
  (name) => [name, fs.readFileSync(`${here}${name}.in`, 'utf8')]));

const capabilities = `IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT THREAD=REFERENCES
  MULTIAPPEND UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH
  SEARCHRES LIST-STATUS BINARY MOVE LITERAL+ SPECIAL-USE`.split(/\s+/);
const without = (...names) => `imap_capability = ${capabilities
  .filter((name) => !names.includes(name)).join(' ')}`;

// What is listened on: a port each, because Dovecot finds the sockets it is handed by
// their port alone.  Three show certificates that must be refused.  Dovecot takes a client
// of 127.0.0.1 for a secure one, whatever it is told; to 127.0.0.2 it is what a remote
// server is (no LOGIN before STARTTLS).  From 127.0.0.6 on, the same mailboxes as another
// server would serve them: `settings` hold for that address alone.
export const imapEndpoints = {
  imaps: { address: '127.0.0.1', tls: true, port: process.env.SANDBOX_IMAPS_PORT },
  imap: { address: '127.0.0.1', tls: false },
  imap_remote: { address: '127.0.0.2', tls: false },
  imaps_wrong_host: { address: '127.0.0.3', tls: true, leaf: 'wrong-host' },
  imaps_expired: { address: '127.0.0.4', tls: true, leaf: 'expired' },
  imaps_untrusted: { address: '127.0.0.5', tls: true, leaf: 'untrusted' },
  imaps_no_move: { address: '127.0.0.6', tls: true, settings: without('MOVE') },
  imaps_no_uidplus: { address: '127.0.0.7', tls: true, settings: without('MOVE', 'UIDPLUS') },
  imaps_no_idle: { address: '127.0.0.8', tls: true, settings: without('IDLE') },
  // One connection for each user, folders that may be closed to him, and room for five
  // messages, which a MOVE would not ask for.
  imaps_strict: {
    address: '127.0.0.9',
    tls: true,
    settings: `${without('MOVE')}
  mail_max_userip_connections = 1
  mail_plugins = acl quota
  plugin {
    acl = vfile
    quota = count:User
    quota_rule = *:messages=5
    quota_vsizes = yes
  }`,
  },
};
export const lmtpEndpoints = { lmtp: { address: '127.0.0.1' } };

function fill(name, values) {
  return templates[name].replace(/@([A-Z_]+)@/g, (_, word) => {
    if (!(word in values)) throw new Error(`${name} wants ${word}`);
    return values[word];
  });
}

function listenersText(endpoints) {
  return endpoints.map(([name, { address, port, tls }]) => `  inet_listener ${name} {
    address = ${address}
    port = ${port}
    ssl = ${tls ? 'yes' : 'no'}
  }`).join('\n');
}

function localsText(dir, endpoints) {
  const leafSettings = (leaf) => `ssl_cert = <${dir}/tls/${leaf}.pem
  ssl_key = <${dir}/tls/${leaf}.key`;

  return endpoints.filter(([, { leaf, settings }]) => leaf ?? settings)
    .map(([, { address, leaf, settings }]) => `local ${address} {
  ${leaf ? leafSettings(leaf) : settings}
}`).join('\n');
}

export function writeDovecotConfig(dir, openidPort) {
  const endpoints = Object.entries(imapEndpoints);
  const values = {
    DIR: dir,
    USER: execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
    GROUP: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim(),
    OPENID_PORT: openidPort,
    LMTP_PORT: lmtpEndpoints.lmtp.port,
    INTROSPECTOR: `${introspector.id}:${introspector.secret}`,
    FRESH_DOMAIN,
    FRESH_PASSWORD,
    LISTENERS: listenersText(endpoints),
    LOCALS: localsText(dir, endpoints),
  };
  for (const name of Object.keys(templates)) {
    fs.writeFileSync(`${dir}/dovecot/${name}`, fill(name, values), { mode: 0o600 });
  }
}

// Dovecot takes open sockets as systemd hands them over (sd_listen_fds(3)): descriptors
// from 3 on, their number, and the process they are meant for.
export function startDovecot(dir, servers) {
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
