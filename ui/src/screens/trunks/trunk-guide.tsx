/** The guide for one PBX: steps with values to copy, then what to do when it does not work. */
import { Accordion, Anchor, List, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ApiFailure } from '../../api/problem.ts';
import { guideQuery } from '../../api/queries.ts';
import { CopyValue } from '../../components/copy-value.tsx';
import { Loaded } from '../../components/loaded.tsx';
import { t } from '../../texts/texts.ts';
import { pastedPart } from './guide-value.ts';
import classes from './trunk-guide.module.css';

const words = t.trunks.guide;

export const TrunkGuide = ({ trunkId }: { trunkId: string }) => {
  const guide = useQuery(guideQuery(trunkId));
  if (guide.error instanceof ApiFailure && guide.error.code === 'conflict')
    return (
      <Text fz="sm" c="dimmed">
        {words.none}
      </Text>
    );
  return (
    <Loaded query={guide}>
      {({ introduction, steps, rollback, troubleshooting, sources }) => (
        <Stack gap="md">
          <Text fz="sm" c="dimmed" className={classes['text']}>
            {introduction}
          </Text>
          <ol className={classes['steps']}>
            {steps.map(({ title, text, values }) => (
              <li key={title}>
                <Title order={3}>{title}</Title>
                {text !== '' && (
                  <Text fz="sm" className={classes['text']}>
                    {text}
                  </Text>
                )}
                {values.length > 0 && (
                  <div className={classes['values']}>
                    {values.map(({ label, value }) => (
                      <CopyValue key={label} label={label} value={value} copied={pastedPart(value)} />
                    ))}
                  </div>
                )}
              </li>
            ))}
          </ol>
          <Accordion variant="separated" multiple>
            {troubleshooting.length > 0 && (
              <Accordion.Item value="troubleshooting">
                <Accordion.Control>{words.troubleshooting}</Accordion.Control>
                <Accordion.Panel>
                  <Stack gap="md">
                    {troubleshooting.map(({ problem, causes, checks }) => (
                      <div key={problem}>
                        <Text fz="sm" fw={600}>
                          {problem}
                        </Text>
                        <Lines title={words.causes} lines={causes} />
                        <Lines title={words.checks} lines={checks} />
                      </div>
                    ))}
                  </Stack>
                </Accordion.Panel>
              </Accordion.Item>
            )}
            {rollback.length > 0 && (
              <Accordion.Item value="rollback">
                <Accordion.Control>{words.rollback}</Accordion.Control>
                <Accordion.Panel>
                  <List type="ordered" fz="sm">
                    {rollback.map((line) => (
                      <List.Item key={line}>{line}</List.Item>
                    ))}
                  </List>
                </Accordion.Panel>
              </Accordion.Item>
            )}
            {sources.length > 0 && (
              <Accordion.Item value="sources">
                <Accordion.Control>{words.sources}</Accordion.Control>
                <Accordion.Panel>
                  <List fz="sm">
                    {sources.map((line) => (
                      <List.Item key={line}>
                        <Source text={line} />
                      </List.Item>
                    ))}
                  </List>
                </Accordion.Panel>
              </Accordion.Item>
            )}
          </Accordion>
        </Stack>
      )}
    </Loaded>
  );
};

const Lines = ({ title, lines }: { title: string; lines: readonly string[] }) =>
  lines.length === 0 ? null : (
    <>
      <Text fz="xs" c="dimmed" fw={550} mt={6}>
        {title}
      </Text>
      <List fz="sm" listStyleType="disc">
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </>
  );

/** Addresses in a source become links; the rest stays text. */
const Source = ({ text }: { text: string }) =>
  text.split(/(https:\/\/[^\s)]+)/).map((part) =>
    part.startsWith('https://') ? (
      <Anchor key={part} href={part} target="_blank" rel="noreferrer" underline="always">
        {part}
      </Anchor>
    ) : (
      part
    ),
  );
