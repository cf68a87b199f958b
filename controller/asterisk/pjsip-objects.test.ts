import { describe, expect, it } from 'vitest';
import { SwitchError } from '../switch/port.ts';
import { type PjsipObject, PjsipObjects } from './pjsip-objects.ts';

type Request = { objectType: string; id: string; fields?: { attribute: string; value: string }[] };

/** What Asterisk keeps of it, and what it was asked. Each answer takes a turn of the event loop. */
const memory = () => {
  const held = new Map<string, { attribute: string; value: string }[]>();
  const asked: string[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  const asks = async <Value>(operation: string, request: Request, answer: (key: string) => Value) => {
    asked.push(`${operation} ${request.objectType}`);
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return answer(`${request.objectType}/${request.id}`);
  };
  const ari: ConstructorParameters<typeof PjsipObjects>[0] = {
    find: (schema, _resource, operation, parameters) =>
      asks(operation, parameters as Request, (key) => {
        const found = held.get(key);
        return found === undefined ? null : schema.parse(found);
      }),
    call: (_resource, operation, parameters) =>
      asks(operation, parameters as Request, (key) => {
        const { fields = [] } = parameters as Request;
        if (operation === 'updateObject') held.set(key, fields);
        else if (!held.delete(key)) throw new SwitchError('no-such-channel', 'ARI deleteObject: 404');
      }),
  };
  return { ari, held, asked, mostUnderWay: () => mostUnderWay };
};

const account = (id: string, password = 'first'): PjsipObject[] => [
  { type: 'auth', id, fields: [['password', password]], mark: `auth ${password}` },
  { type: 'aor', id, fields: [['max_contacts', '1']], mark: 'aor' },
  {
    type: 'endpoint',
    id,
    fields: [
      ['aors', id],
      ['set_var', 'a=1'],
      ['set_var', 'b=2'],
    ],
    mark: 'endpoint',
  },
];

describe('the objects of an account', () => {
  it('are put in their order into an empty Asterisk, with one question', async () => {
    const { ari, held, asked } = memory();
    await new PjsipObjects(ari).putAll(account('acme'));
    expect(asked).toEqual([
      'getObject endpoint',
      'updateObject auth',
      'updateObject aor',
      'updateObject endpoint',
    ]);
    expect(held.get('endpoint/acme')?.filter(({ attribute }) => attribute === 'set_var')).toHaveLength(2);
  });

  it('are left alone when they are live, and a new password is put in the place of the old', async () => {
    const { ari, held, asked } = memory();
    const pjsip = new PjsipObjects(ari);
    await pjsip.putAll(account('acme'));
    asked.length = 0;
    await pjsip.putAll(account('acme', 'second'));
    expect(asked.filter((one) => !one.startsWith('getObject'))).toEqual(['updateObject auth']);
    expect(held.get('auth/acme')?.[0]).toEqual({ attribute: 'password', value: 'second' });
  });

  it('replace what an earlier controller has left half done', async () => {
    const { ari, held, asked } = memory();
    held.set('endpoint/acme', [{ attribute: 'callerid', value: 'left over' }]);
    await new PjsipObjects(ari).putAll(account('acme'));
    expect(asked).toContain('deleteObject endpoint');
    expect(held.get('endpoint/acme')?.some(({ attribute }) => attribute === 'callerid')).toBe(false);
  });

  it('of a thousand accounts are put a few requests at a time, and all of them arrive', async () => {
    const { ari, held, mostUnderWay } = memory();
    const pjsip = new PjsipObjects(ari);
    await Promise.all(Array.from({ length: 1000 }, (_none, index) => pjsip.putAll(account(`site-${index}`))));
    expect(held.size).toBe(3000);
    expect(mostUnderWay()).toBeLessThan(10);
  });
});

describe('taking an object away', () => {
  it('does not mind that it is not there, and minds everything else', async () => {
    const { ari } = memory();
    await new PjsipObjects(ari).remove('aor', 'nobody');
    const broken = { ...ari, call: () => Promise.reject(new SwitchError('disconnected', 'ARI: gone')) };
    await expect(new PjsipObjects(broken).remove('aor', 'nobody')).rejects.toThrow('gone');
  });
});
