/** For an address that no screen has. */
import { Button } from '@mantine/core';
import { Link } from 'react-router';
import { Empty } from '../components/empty.tsx';
import { t } from '../texts/texts.ts';

export const NotFound = () => (
  <Empty title={t.shell.notFound} text={t.shell.notFoundDo}>
    <Button component={Link} to="/" variant="default">
      {t.shell.home}
    </Button>
  </Empty>
);
