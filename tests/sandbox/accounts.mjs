// Who is known in the sandbox: mailboxes, passwords, clients.  One table for the OpenID
// server, for Dovecot and for the answers files.  None of it is a secret: the servers
// listen on loopback, and the mail is made up.

export const DOMAIN = 'sandbox.test';
export const SCOPE = 'imap';
export const LMTP_USER = `lmtp@${DOMAIN}`; // empty; for what LMTP delivers

// A mailbox for each way, so that each finds its own unread messages.
export const passwords = {
  [`basic@${DOMAIN}`]: 'pw-Lantern-41',
  [`exchange@${DOMAIN}`]: 'pw-Harbour-52',
  [`provider@${DOMAIN}`]: 'pw-Meadow-63',
  [`custom@${DOMAIN}`]: 'pw-Copper-74',
  [LMTP_USER]: 'pw-Orchard-85',
};

// Any name in this domain is a mailbox: it is made, and empty, when it is first entered.
// In Cyrus the name is without the domain.
export const FRESH_DOMAIN = `fresh.${DOMAIN}`;
export const FRESH_PASSWORD = 'pw-Saffron-96';
export const CYRUS_ADMIN = 'admin'; // with the same password

// A directory has an id and domain names; both stand in its Token URL.
export const TENANT_ID = '5a4d60c5-7e57-4000-8000-0123456789ab';
export const TENANT = DOMAIN;

export const clients = {
  custom: {
    id: 'sandbox-custom', secret: 'cs-Juniper-8135', auth: 'post', mailbox: `custom@${DOMAIN}`,
  },
  provider: {
    id: 'sandbox-provider', secret: 'cs-Walnut-9246', auth: 'basic', mailbox: `provider@${DOMAIN}`,
  },
  // Looks like an Entra app: a GUID, and a secret of the same shape as Entra's.
  exchange: {
    id: '0f8e7d6c-5b4a-4392-8180-a1b2c3d4e5f6',
    secret: 'sbx8Q~LetterboxSandboxNotARealSecret.042',
    auth: 'post',
    mailbox: `exchange@${DOMAIN}`,
  },
  // Needs the form encoding of RFC 6749 2.3.1 in the Basic header.
  odd: {
    id: 'sandbox:odd', secret: 'p%c+t &=/~x', auth: 'basic', mailbox: `custom@${DOMAIN}`,
  },
  // Its tokens live two seconds.
  brief: {
    id: 'sandbox-brief', secret: 'cs-Thistle-1357', auth: 'post', mailbox: `custom@${DOMAIN}`, ttl: 2,
  },
  // A good token, but never for the mailbox that a test asks for.
  stranger: {
    id: 'sandbox-stranger', secret: 'cs-Bramble-2468', auth: 'post', mailbox: `nobody@${DOMAIN}`,
  },
  // May ask for openid alone: the scope for IMAP is refused.
  scopeless: {
    id: 'sandbox-scopeless', secret: 'cs-Sorrel-3579', auth: 'post', mailbox: null, scope: 'openid',
  },
};

// Dovecot's own, to ask about tokens (RFC 7662).
export const introspector = { id: 'dovecot', secret: 'cs-Dovecote-4680' };
