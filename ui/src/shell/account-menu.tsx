/** Who is logged in, the colours, the way out. */
import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { Check, CircleUserRound, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { useSession } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';

const schemes = [
  { value: 'auto', icon: Monitor },
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
] as const;

export const AccountMenu = () => {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const session = useSession();
  return (
    <Menu width={220} position="bottom-end" withArrow withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t.shell.account}
          c="var(--mantine-color-text)"
        >
          <CircleUserRound size={20} strokeWidth={1.8} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{session.user.email}</Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t.shell.scheme}</Menu.Label>
        {schemes.map(({ value, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === value ? <Check size={15} aria-hidden /> : null}
            aria-current={colorScheme === value}
            onClick={() => setColorScheme(value)}
          >
            {t.shell.schemes[value]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={16} aria-hidden />} onClick={session.logOut}>
          {t.shell.logOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};
