/** Shows a query's data: what is there stays when asking again fails, and the failure is said above it. */
import { Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { FailureNote } from './failure-note.tsx';
import { Loading } from './loading.tsx';

export const Loaded = <Data,>({
  query,
  children,
}: {
  query: UseQueryResult<Data>;
  children: (data: Data) => ReactNode;
}) => {
  const { data, error, refetch } = query;
  const failure = error === null ? null : <FailureNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return failure ?? <Loading />;
  return failure === null ? (
    children(data)
  ) : (
    <Stack gap="md">
      {failure}
      {children(data)}
    </Stack>
  );
};
