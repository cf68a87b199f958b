/**
 * Signs what is sent, after Standard Webhooks 1.0 (github.com/standard-webhooks/standard-webhooks, spec): receivers in any
 * language have a library for it, which also refuses time stamps more than five minutes away (the replay window).
 */
import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

export const newWebhookSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`;

/** `secrets`: the present one and, while it is being replaced, the one before; each gives a signature. */
export const signedHeaders = (options: {
  id: string;
  sentAtSeconds: number;
  body: string;
  secrets: readonly string[];
}): Record<string, string> => {
  const { id, sentAtSeconds, body, secrets } = options;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${sentAtSeconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(sentAtSeconds),
    'webhook-signature': signatures.join(' '),
  };
};
