/** The frame around every screen: header with the state of the system, navigation, the screen itself. */
import { AppShell, Box, Burger, Group, NavLink, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Suspense, useCallback, useEffect, useState } from 'react';
import { Link, Outlet, useLocation } from 'react-router';
import { AudioBar } from '../audio/audio-bar.tsx';
import { AudioContextOfPage, AudioUse } from '../audio/use-audio.ts';
import { Loading } from '../components/loading.tsx';
import { UnsavedContext, UnsavedInput } from '../forms/unsaved-input.ts';
import { useConfigurationChange } from '../live/use-live.ts';
import { useRights } from '../session/use-session.ts';
import { t } from '../texts/texts.ts';
import { AccountMenu } from './account-menu.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { LeaveGuard } from './leave-guard.tsx';
import { Logo } from './logo.tsx';
import { navigationFor } from './navigation.ts';
import classes from './shell.module.css';
import { SystemState } from './system-state.tsx';
import { useToMain } from './to-main.ts';
import { WorkspaceSwitch } from './workspace-switch.tsx';

export const Shell = () => {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { pathname } = useLocation();
  const queries = useQueryClient();
  const may = useRights();
  const [audio] = useState(() => new AudioUse());
  const [unsaved] = useState(() => new UnsavedInput());

  useConfigurationChange(
    useCallback(() => void queries.invalidateQueries({ queryKey: ['config'] }), [queries]),
  );
  useEffect(close, [pathname, close]);
  useToMain(pathname);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'lg' }}
      transitionDuration={150}
    >
      <a href="#main" className={classes['skip']}>
        {t.shell.skip}
      </a>
      <AppShell.Header className={classes['header']}>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? t.shell.closeNavigation : t.shell.openNavigation}
            />
            <UnstyledButton component={Link} to="/" className={classes['brand']}>
              <Logo size={26} />
              <Text fw={650} fz="md" component="span">
                {t.common.product}
              </Text>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SystemState />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={classes['navbar']} aria-label={t.shell.navigation}>
        <AppShell.Section>
          <WorkspaceSwitch />
        </AppShell.Section>
        <AppShell.Section grow component={ScrollArea} type="scroll">
          <Box p="xs">
            {navigationFor(may).map(({ label, sections }) => (
              <Box key={label ?? ''} mb="sm">
                {label !== null && <Text className={classes['group']}>{label}</Text>}
                {sections.map(({ to, label: name, icon: Icon }) => (
                  <NavLink
                    key={to}
                    component={Link}
                    to={to}
                    label={name}
                    leftSection={<Icon size={17} strokeWidth={1.9} aria-hidden />}
                    active={pathname === to || pathname.startsWith(`${to}/`)}
                    {...(pathname === to ? { 'aria-current': 'page' as const } : {})}
                    className={classes['link']}
                  />
                ))}
              </Box>
            ))}
          </Box>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes['main']}>
        <ConnectionBanner />
        <AudioContextOfPage value={audio}>
          <Box className={classes['screen']}>
            <UnsavedContext value={unsaved}>
              <Suspense fallback={<Loading />}>
                <Outlet />
              </Suspense>
            </UnsavedContext>
          </Box>
          <LeaveGuard unsaved={unsaved} />
          <AudioBar />
        </AudioContextOfPage>
      </AppShell.Main>
    </AppShell>
  );
};
