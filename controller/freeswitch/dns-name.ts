/** Whether name servers know an address for a name. They alone count for sofia-sip, which does not read /etc/hosts. */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

/** false only when name servers said so; their silence says nothing about the name. Never rejects. */
export const isInDns = async (domain: string): Promise<boolean> => {
  if (isIP(domain.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  const resolver = new Resolver({ timeout: 1500, tries: 1 });
  const answers = await Promise.all(
    [resolver.resolve4(domain), resolver.resolve6(domain)].map((answer) =>
      answer.then(
        () => true,
        // ENODATA: the name is known, with no address of this family
        (error: NodeJS.ErrnoException) => error.code !== 'ENOTFOUND' && error.code !== 'ENODATA',
      ),
    ),
  );
  return answers.includes(true);
};
