/** /wallet: the prepaid credit of the workspace. */
import type { Configuration } from '../configuration.ts';
import { PageQuery, pageOf } from '../contract/page.ts';
import { Wallet, WalletEntry, WalletPatch, WalletTopUp } from '../contract/wallet.ts';
import type { WalletStore } from '../db/wallet-store.ts';
import type { WalletBalances } from '../wallet/balances.ts';
import { admin, viewer } from './caller.ts';
import { type Route, route } from './route.ts';

export type WalletRoutes = {
  configuration: Pick<Configuration, 'refreshWorkspace'>;
  wallets: { store: WalletStore; balances: Pick<WalletBalances, 'refresh'> };
};

export function walletRoutes({ configuration, wallets: { store, balances } }: WalletRoutes): Route[] {
  const tag = 'Wallet';
  const shown = async (workspaceId: string) => {
    const { wallet, version } = await store.read(workspaceId);
    return { body: wallet, version };
  };
  return [
    route({
      method: 'get',
      path: '/wallet',
      id: 'getWallet',
      tag,
      summary: 'The balance and the price of a minute; off unless switched on',
      access: viewer('wallet:read'),
      answer: Wallet,
      handle: ({ workspaceId }) => shown(workspaceId),
    }),
    route({
      method: 'patch',
      path: '/wallet',
      id: 'changeWallet',
      tag,
      summary: 'Switch the wallet on or off, change the price of a minute and the warning',
      access: admin('wallet:write'),
      body: WalletPatch,
      answer: Wallet,
      handle: async ({ workspaceId, body, commit }) => {
        await commit('workspace', workspaceId, () => store.change(workspaceId, body));
        // a row with the settings: its version is theirs as well
        await configuration.refreshWorkspace(workspaceId);
        await balances.refresh();
        return await shown(workspaceId);
      },
    }),
    route({
      method: 'get',
      path: '/wallet/entries',
      id: 'listWalletEntries',
      tag,
      summary: 'What came in and what calls cost, latest first',
      access: viewer('wallet:read'),
      query: PageQuery,
      answer: pageOf(WalletEntry),
      handle: async ({ workspaceId, query }) => ({ body: await store.entries(workspaceId, query) }),
    }),
    route({
      method: 'post',
      path: '/wallet/top-ups',
      id: 'topUpWallet',
      tag,
      summary: 'Write down money that came in, or a correction',
      access: admin('wallet:write'),
      body: WalletTopUp,
      status: 201,
      answer: WalletEntry,
      handle: async ({ workspaceId, body, commit }) => {
        const id = await commit('wallet_entry', null, () => store.topUp(workspaceId, body));
        await balances.refresh();
        return { body: await store.findEntry(workspaceId, id) };
      },
    }),
  ];
}
