/** Leads into another workspace, for accounts that may enter several; nothing for all others. */
import { Menu, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check, ChevronsUpDown } from 'lucide-react';
import { workspacesQuery } from '../api/settings-queries.ts';
import { rememberWorkspace } from '../session/chosen-workspace.ts';
import { useSession } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';
import classes from './shell.module.css';

export const WorkspaceSwitch = () => {
  const { workspaceId } = useSession();
  const found = useQuery(workspacesQuery).data?.items ?? [];
  const own = found.find(({ id }) => id === workspaceId);
  if (found.length < 2 || own === undefined) return null;
  return (
    <Menu width="target" position="bottom-start" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton className={classes['workspace']} aria-label={t.shell.workspaceOf(own.name)}>
          <Text fz="sm" fw={600} truncate>
            {own.name}
          </Text>
          <ChevronsUpDown size={15} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.shell.workspace}</Menu.Label>
        {found.map(({ id, name }) => (
          <Menu.Item
            key={id}
            aria-current={id === workspaceId}
            rightSection={id === workspaceId ? <Check size={15} aria-hidden /> : null}
            onClick={() => {
              rememberWorkspace(id);
              // everything that is shown and followed is of the other one: begun anew
              window.location.assign('/');
            }}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};
