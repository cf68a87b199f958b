/** The way from an empty Offhook to the first answered call. */
import { useQuery } from '@tanstack/react-query';
import { trunksQuery } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';
import { Page } from '../../components/page.tsx';
import { t } from '../../texts/texts.ts';

export const StartScreen = () => {
  const trunks = useQuery(trunksQuery);
  return (
    <Page title={t.shell.sections.start}>
      <Loaded query={trunks}>{(items) => <p>{items.length}</p>}</Loaded>
    </Page>
  );
};
