/** The guides' templates of one connection type, one a PBX type with parts that they share, read once. */
import { readdirSync, readFileSync } from 'node:fs';
import { type ConnectionType, PbxType } from '../contract/trunk.ts';
import { repositoryPath } from '../paths.ts';
import { compileTemplate, type Renderer } from '../render.ts';

export type GuideModel = Readonly<Record<string, unknown>>;

const partsOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.replace(/\.md\.hbs$/, ''),
      readFileSync(`${folder}/${file}`, 'utf8'),
    ]),
  );

export class GuideTemplates {
  readonly #renderers: ReadonlyMap<PbxType, Renderer<GuideModel>>;

  constructor({ connectionType }: { connectionType: ConnectionType }) {
    const folder = repositoryPath('dialplan-templates', 'guides', connectionType);
    const parts = partsOf(`${folder}/parts`);
    this.#renderers = new Map(
      PbxType.options.map((pbxType) => {
        const source = readFileSync(`${folder}/${pbxType}.md.hbs`, 'utf8');
        return [pbxType, compileTemplate<GuideModel>(source, 'markdown', parts)];
      }),
    );
  }

  markdown(pbxType: PbxType, model: GuideModel): string {
    const render = this.#renderers.get(pbxType);
    if (render === undefined) throw new Error(`no guide for ${pbxType}`);
    // a part that says nothing for this trunk leaves empty lines behind
    return render(model)
      .replace(/\n{3,}/g, '\n\n')
      .trim()
      .concat('\n');
  }
}
