/** A trunk's settings: the same fields as when it was made; taking it out of service; deleting it. */
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Trunk } from '../../../../controller/contract/trunk.ts';
import { agentsQuery, trunkQuery } from '../../api/queries.ts';
import { request } from '../../api/request.ts';
import { changeStored } from '../../api/stored.ts';
import { ConfirmButton } from '../../components/confirm-button.tsx';
import { FailureNote } from '../../components/failure-note.tsx';
import { StoredForm } from '../../forms/stored-form.tsx';
import { useForgetInput } from '../../forms/unsaved-input.ts';
import type { StoredEdit } from '../../forms/use-stored-form.ts';
import { Allowed } from '../../session/allowed.tsx';
import { t } from '../../texts/texts.ts';
import { RotatePassword } from './rotate-password.tsx';
import { TrunkFields } from './trunk-fields.tsx';
import type { TrunkValues } from './trunk-values.ts';

const words = t.trunks.settings;
export const TrunkSettings = ({ trunk, edit }: { trunk: Trunk; edit: StoredEdit<TrunkValues> }) => {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const forgetInput = useForgetInput();
  const agents = useQuery(agentsQuery);
  const deactivateText =
    trunk.connectionType === 'extension' ? words.deactivateText : words.deactivateTrunkText;
  const activate = useMutation({
    mutationFn: (active: boolean) => changeStored<Trunk>(`/trunks/${trunk.id}`, { active }, null),
    onSuccess: (changed) => {
      queries.setQueryData(trunkQuery(trunk.id).queryKey, changed);
      void queries.invalidateQueries({ queryKey: ['config'] });
      notifications.show({
        message: changed.thing.active ? words.activated : words.deactivated,
        color: 'teal',
      });
    },
  });
  const remove = useMutation({
    mutationFn: () => request('DELETE', `/trunks/${trunk.id}`),
    onSuccess: async () => {
      forgetInput();
      await navigate('/settings/pbx');
      queries.removeQueries({ queryKey: ['config', 'trunks', trunk.id] });
      void queries.invalidateQueries({ queryKey: ['config'] });
      notifications.show({ message: words.deleted(trunk.name), color: 'teal' });
    },
  });
  return (
    <Stack gap="lg" maw={860}>
      <StoredForm edit={edit} gap="md">
        <TrunkFields form={edit.form} agents={agents.data ?? []} isNew={false} />
      </StoredForm>
      <Allowed role="admin">
        {trunk.connectionType === 'sip-trunk' && trunk.authentication !== 'ip-allowlist' && (
          <RotatePassword trunk={trunk} />
        )}
        <Paper p="lg">
          <Stack gap="sm">
            <Title order={2}>{words.danger}</Title>
            <Text fz="sm" c="dimmed">
              {deactivateText}
            </Text>
            <Group gap="sm">
              {trunk.active ? (
                <ConfirmButton
                  label={words.deactivate}
                  title={words.deactivateTitle(trunk.name)}
                  text={deactivateText}
                  isPending={activate.isPending}
                  onConfirm={() => activate.mutate(false)}
                />
              ) : (
                <Button onClick={() => activate.mutate(true)} loading={activate.isPending}>
                  {words.activate}
                </Button>
              )}
              <ConfirmButton
                label={words.delete}
                title={words.deleteTitle(trunk.name)}
                text={words.deleteText}
                isDangerous
                isPending={remove.isPending}
                onConfirm={() => remove.mutate()}
              />
            </Group>
            <FailureNote error={activate.error ?? remove.error} />
          </Stack>
        </Paper>
      </Allowed>
    </Stack>
  );
};
