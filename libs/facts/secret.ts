/** Names of properties that hold a secret by their nature, whatever the playbook says; compared without case, dashes and underscores. */
const secretNames = new Set([
  'password',
  'newpassword',
  'passphrase',
  'secret',
  'token',
  'accesstoken',
  'refreshtoken',
  'resettoken',
  'logintoken',
  'verificationtoken',
  'reseturl',
  'resetlink',
  'passwordreseturl',
  'passwordresetlink',
  'magiclink',
  'magicurl',
  'loginlink',
  'loginurl',
  'signinlink',
  'signinurl',
  'verificationurl',
  'verificationlink',
  'confirmationurl',
  'confirmationlink',
  'activationurl',
  'activationlink',
  'otp',
  'pin',
  'code',
  'verificationcode',
  'confirmationcode',
  'resetcode',
  'logincode',
  'apikey',
  'cardnumber',
  'cvc',
  'cvv',
  'contraseña',
  'contrasena',
  'oobcode',
]);

/** Ends of such names: `auth_token`, `confirmPassword`, `resetPasswordUrl`, `sms_code`. */
const secretEnd = new RegExp(
  `(?:${[
    '(?:password|passwd)(?:confirm(?:ation)?)?|passphrase|passcode|secret|secretkey|privatekey|apikey|jwt|otp',
    '(?:auth|access|refresh|session|id|bearer|api)token',
    '(?:2fa|mfa|twofactor|sms|otp|onetime|security|backup)code',
    '(?:password|reset|magic|login|signin|verif(?:y|ication)|confirm(?:ation)?|activat(?:e|ion)|recovery|unlock)' +
      '(?:account|email|link)?(?:url|uri|link|code|token)',
  ].join('|')})$`,
);

/** Whether a property of this name is a secret: by the list and the ends above, or as declared (`secrets` of the playbook). */
export function isSecret(name: string, declared: ReadonlySet<string> = new Set()): boolean {
  const word = name.replace(/[-_\s]/g, '').toLowerCase();
  return declared.has(name) || secretNames.has(word) || secretEnd.test(word);
}

const pathOfSecret =
  /\/(?:(?:password[-_]?)?resets?(?:[-_]?password)?|magic(?:[-_]?link)?|(?:verify|confirm|activate|unlock)(?:[-_]?(?:email|account))?)\/(?:[^/?#]{1,5}\/)?[^/?#]{6,}/i;

/**
 * Whether a text is the address of a page that lets in whoever has it: a parameter of it is a secret by its name (`?token=…`, also behind
 * `#`), its path says so (`/reset/…`, `/magic-link/…`), or a password
 * stands before its host. It is a secret whatever the property's name is.
 */
export function isSecretLink(text: string): boolean {
  if (!/^\s*https?:\/\//i.test(text) || !URL.canParse(text)) return false;
  const { search, hash, pathname, password } = new URL(text);
  const parameters = [...new URLSearchParams(search), ...new URLSearchParams(hash.replace(/^#[^?=]*\?|^#/, ''))];
  return (
    password !== '' ||
    pathOfSecret.test(pathname) ||
    pathOfSecret.test(hash) ||
    parameters.some(([name, value]) => value !== '' && isSecret(name))
  );
}

/** What stands for a value that was sealed: `{ "$sealed": "…" }`. */
export const sealedKey = '$sealed';

/** The text of a sealed value; nothing where it is none. */
export function sealedText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, sealedKey)) return undefined;
  const text = (value as Record<string, unknown>)[sealedKey];
  return typeof text === 'string' ? text : undefined;
}

/** Deeper than any call that the edge takes; what lies below in a record from elsewhere is handed over as if it were a secret. */
const mostDepth = 64;

/**
 * The same value with `replace` in place of each secret in it, at any depth: by the names of properties, and links that let in. What looks as if it were sealed already is handed over too:
 * from outside it is not to be trusted. Where `replace` answers undefined, the property is left out.
 */
export function replaceSecrets(
  value: unknown,
  declared: ReadonlySet<string>,
  replace: (secret: unknown) => unknown,
  depth = mostDepth,
): unknown {
  if (typeof value === 'string' && isSecretLink(value)) return replace(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return replace(value);
  if (Array.isArray(value)) return value.map((item) => replaceSecrets(item, declared, replace, depth - 1));
  if (Object.hasOwn(value, sealedKey)) return replace(value);
  const kept = Object.entries(value).flatMap(([name, inner]): [string, unknown][] => {
    const said =
      isSecret(name, declared) && inner !== null ? replace(inner) : replaceSecrets(inner, declared, replace, depth - 1);
    return said === undefined ? [] : [[name, said]];
  });
  return Object.fromEntries(kept);
}
