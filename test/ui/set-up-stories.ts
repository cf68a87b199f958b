/**
 * What is set up without a call, after the first run: a SIP trunk over TLS in the wizard, a directory from a file with bad
 * rows, a number. No switch has a part in it. The trunk Head office is there already.
 */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Locator, type Page, tabTo } from '../kit/browser.ts';
import type { Offhook } from '../kit/offhook.ts';
import type { Pbx } from '../kit/pbx.ts';

type Stage = {
  pbx: Pbx;
  offhook: Offhook;
  page: Page;
  complaints: readonly string[];
  look: (name: string) => Promise<void>;
};

type Named = { id: string; name: string };

export const setUpStories = (stage: () => Stage): void => {
  test('a SIP trunk over TLS, made by the keyboard alone: the wizard names the TLS port, and gives our certificate', {
    timeout: 60_000,
  }, async () => {
    const { pbx, page, look, complaints } = stage();
    const to = (target: Locator) => tabTo(page, target);
    const { keyboard } = page;
    /** Goes down a list of choices to one of them. */
    const choose = async (name: string, option: string): Promise<void> => {
      await to(page.getByRole('combobox', { name }));
      const chosen = page.getByRole('option', { name: option }).and(page.locator('[data-combobox-selected]'));
      for (let presses = 0; (await chosen.count()) === 0; presses += 1) {
        if (presses === 12) throw new Error(`the keyboard does not come to ${option}`);
        await keyboard.press('ArrowDown');
      }
      await keyboard.press('Enter');
    };
    await page.goto('/numbers');
    await to(page.getByRole('link', { name: 'Connect Your Carrier' }));
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Connect Your Carrier' }).waitFor();
    await look('connect-carrier');
    await to(page.getByRole('link', { name: /SIP Trunk/ }));
    await keyboard.press('Enter');
    await to(page.getByRole('link', { name: /^Asterisk/ }));
    await keyboard.press('Enter');
    await to(page.getByRole('radio', { name: /Add Offhook as a phone/ }));
    await keyboard.press('ArrowDown');
    const sipTrunk = page.getByRole('radio', { name: /SIP trunk from your PBX/ });
    await expect.poll(() => sipTrunk.isChecked()).toBe(true);
    await to(page.getByLabel('Trunk name'));
    // what is typed takes the place of what was filled in
    await keyboard.type('Over TLS');
    await to(page.getByLabel('PBX SIP Domain'));
    await keyboard.type(pbx.host);
    await to(page.getByRole('button', { name: /Advanced Settings/ }));
    await keyboard.press('Space');
    await choose('Transport', 'TLS');
    await page.getByText('The PBX may come over TLS only').waitFor();
    expect(await page.getByLabel('Trusted certificate (PEM)').count()).toBe(0);
    await choose('Media encryption (SRTP)', 'Required');
    await look('connect-trunk-tls-form');
    await to(page.getByRole('button', { name: 'Connect', exact: true }));
    await keyboard.press('Enter');
    await page.getByText('Over TLS is set up').waitFor();
    await page.getByText(/^TLS · \d+$/).waitFor();
    await page
      .getByText(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/)
      .first()
      .waitFor();
    const download = page.waitForEvent('download');
    await to(page.getByRole('link', { name: 'Download' }));
    await keyboard.press('Enter');
    expect((await download).suggestedFilename()).toBe('offhook.crt');
    expect(await readFile(await (await download).path(), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE-----/);
    await page.getByText('ca_list_file').first().waitFor();
    await look('connected-trunk-tls');
    expect(complaints).toEqual([]);
  });

  test('a file with bad rows imports nothing and says what is wrong; mended, it imports all', {
    timeout: 60_000,
  }, async () => {
    const { offhook, page, look, complaints } = stage();
    await page.goto('/settings/pbx');
    await page.getByRole('link', { name: 'Head office' }).click();
    await page.getByRole('tab', { name: 'Directory' }).click();
    await page.getByRole('button', { name: 'Import CSV' }).click();
    const entryOf = async (path: string, fits: (entry: Named) => boolean): Promise<Named> => {
      const { items } = await offhook.api<{ items: Named[] }>('GET', path);
      const found = items.find(fits);
      if (found === undefined) throw new Error(`${path} has no such entry`);
      return found;
    };
    const choose = async (rows: string[]): Promise<void> => {
      const buffer = Buffer.from(['ext,name,owner,department,aliases', ...rows, ''].join('\n'));
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
    };
    await choose([
      '216,John Smith,,Sales,sales',
      'abc,Nobody,,,',
      '215,Sarah,Sarah Jones,Accounts,billing;invoices',
      '217,,,,',
    ]);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 wrong').waitFor();
    await dialog.getByText('2 rows are wrong, so nothing can be imported').waitFor();
    await dialog.getByRole('row', { name: /3 abc Wrong/ }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Import 2 rows' }).isDisabled()).toBe(true);
    await look('csv-import');

    await choose(['216,John Smith,,Sales,sales', '215,Sarah,Sarah Jones,Accounts,billing;invoices']);
    await dialog.getByText('1 changed').waitFor();
    await dialog.getByRole('button', { name: 'Import 2 rows' }).click();
    await page.getByText('2 rows were imported').waitFor();
    await page.getByRole('row', { name: /216 John Smith Sales sales/ }).waitFor();
    // one row is changed where it stands, taken out of use, and deleted
    await page.getByRole('button', { name: 'Edit John Smith' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Joan Smith');
    await page.getByRole('button', { name: 'Save' }).click();
    // not the row alone, whose name has what is typed in it: saved is what can be edited again
    await page.getByRole('button', { name: 'Edit Joan Smith' }).waitFor();
    await page.getByRole('row', { name: /216 Joan Smith Sales sales/ }).waitFor();
    // somebody else is faster: nothing is overwritten without asking
    const { id: trunkId } = await entryOf('/trunks', ({ name }) => name === 'Head office');
    const list = `/trunks/${trunkId}/extensions`;
    const { id } = await entryOf(list, ({ name }) => name === 'Joan Smith');
    await page.getByRole('button', { name: 'Edit Joan Smith' }).click();
    await page.getByRole('textbox', { name: 'Owner', exact: true }).fill('Joan');
    await offhook.api('PATCH', `${list}/${id}`, { department: 'Export' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Somebody else has changed this meanwhile').waitFor();
    await look('directory-changed-meanwhile');
    expect(await page.getByRole('textbox', { name: 'Owner', exact: true }).inputValue()).toBe('Joan');
    await page.getByRole('button', { name: 'Load what is stored now' }).click();
    const department = page.getByRole('textbox', { name: 'Department', exact: true });
    await expect.poll(() => department.inputValue()).toBe('Export');
    await page.getByRole('textbox', { name: 'Owner', exact: true }).fill('Joan');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Edit Joan Smith' }).waitFor();
    await page.getByRole('row', { name: /216 Joan Smith Joan Export sales/ }).waitFor();
    const asked = page.getByRole('switch', { name: 'Joan Smith can be asked for' });
    await asked.press('Space');
    await expect.poll(() => asked.isChecked()).toBe(false);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    expect((await download).suggestedFilename()).toBe('Head office directory.csv');
    expect(await readFile(await (await download).path(), 'utf8')).toMatch(/^216,Joan Smith/m);
    await page.getByRole('button', { name: 'Delete Joan Smith' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /Joan Smith/ }).waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  test('a number is bound to an extension and an agent, changed, and diagnosed', {
    timeout: 60_000,
  }, async () => {
    const { offhook, page, look, complaints } = stage();
    await page.goto('/numbers');
    await page.getByRole('heading', { name: 'No phone numbers yet' }).waitFor();
    await page.getByRole('button', { name: 'Connect PBX Extension' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Public DID').fill('12');
    await dialog.getByRole('button', { name: 'Connect' }).click();
    await dialog
      .getByText(/a whole number with its country code/i)
      .first()
      .waitFor();
    await dialog.getByLabel('Public DID').fill('+27 87 250 0100');
    await dialog.getByLabel('Friendly label').fill('Main line');
    await look('connect-extension');
    await dialog.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('row', { name: /\+27872500100 Main line/ }).waitFor();
    await look('numbers');
    await page.getByRole('button', { name: 'Edit +27872500100' }).click();
    await page.getByLabel('Label').fill('Switchboard');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /\+27872500100 Switchboard/ }).waitFor();
    // somebody else is faster: what was typed stays, and is saved when one says so
    const { items } = await offhook.api<{ items: { id: string }[] }>('GET', '/numbers');
    await page.getByRole('button', { name: 'Edit +27872500100' }).click();
    await page.getByLabel('Label').fill('Front door');
    await offhook.api('PATCH', `/numbers/${items[0]?.id}`, { label: 'Back door' });
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').getByText('Somebody else has changed this meanwhile').waitFor();
    await page.getByRole('row', { name: /\+27872500100 Back door/ }).waitFor();
    await look('number-changed-meanwhile');
    await dialog.getByRole('button', { name: 'Save mine over it' }).click();
    await page.getByRole('row', { name: /\+27872500100 Front door/ }).waitFor();
    await page.getByRole('button', { name: 'Diagnostics' }).click();
    await page
      .getByRole('dialog', { name: /Diagnostics of/ })
      .getByText('Credentials valid')
      .waitFor();
    await look('number-diagnostics');
    // another one, by the keyboard alone
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Add number' }).press('Enter');
    await dialog.getByRole('textbox', { name: 'Number' }).waitFor();
    await page.keyboard.type('+27 87 250 0101');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Fax');
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: /\+27872500101 Fax/ }).waitFor();
    expect(complaints).toEqual([]);
  });
};
