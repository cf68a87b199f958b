/** How everything looks: one theme for Mantine, dense and calm, with contrasts of at least 4.5 in both schemes. */

import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import { t } from '../texts/texts.ts';

const petrol: MantineColorsTuple = [
  '#e7f5f9',
  '#cfe8f1',
  '#a0d0e2',
  '#6db7d1',
  '#43a1c2',
  '#248fb4',
  '#0f7a9d',
  '#0b6886',
  '#08536c',
  '#053d51',
];
/** from paper to ink, slightly cool */
const slate: MantineColorsTuple = [
  '#f7f8fa',
  '#eff1f4',
  '#e3e7ec',
  '#d0d6de',
  '#b3bcc8',
  '#8a95a5',
  '#657083',
  '#4a5567',
  '#2f3947',
  '#1a212b',
];
const night: MantineColorsTuple = [
  '#e6eaf0',
  '#b9c2cf',
  '#9ba6b5',
  '#6b7686',
  '#3a4452',
  '#2b333f',
  '#212832',
  '#171d25',
  '#12171e',
  '#0c1015',
];

/** a cross that says what it does */
const closable = { closeButtonProps: { 'aria-label': t.common.close } };

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 7, dark: 6 },
  colors: { petrol, gray: slate, dark: night },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '0.75rem', sm: '0.84375rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.375rem', xl: '2rem' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '16px' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'sm' } },
    PasswordInput: {
      defaultProps: { size: 'sm', visibilityToggleButtonProps: { 'aria-label': t.common.showPassword } },
    },
    Select: { defaultProps: { size: 'sm', allowDeselect: false } },
    Table: { defaultProps: { verticalSpacing: 8, horizontalSpacing: 'sm', highlightOnHover: true } },
    Modal: {
      defaultProps: { ...closable, centered: true, overlayProps: { backgroundOpacity: 0.45, blur: 2 } },
      styles: { title: { fontWeight: 600 } },
    },
    Drawer: { defaultProps: closable, styles: { title: { fontWeight: 600 } } },
    Tooltip: {
      defaultProps: { withArrow: true, openDelay: 300, events: { hover: true, focus: true, touch: true } },
    },
    Notification: { defaultProps: closable },
    Paper: { defaultProps: { withBorder: true, radius: 'lg' } },
    Badge: { defaultProps: { radius: 'sm', tt: 'none', fw: 550 } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1a212b',
    '--mantine-color-dimmed': '#566173',
    '--mantine-color-placeholder': '#687385',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0b6886',
    '--mantine-color-red-light': '#fdebe9',
    '--mantine-color-red-light-color': '#b3261e',
    '--mantine-color-yellow-light': '#fdf1dc',
    '--mantine-color-yellow-light-color': '#8a5300',
    '--mantine-color-teal-light': '#e3f5ea',
    '--mantine-color-teal-light-color': '#17693f',
    '--mantine-color-petrol-light': '#e9f5f9',
    '--mantine-color-petrol-light-hover': '#dcedf3',
    '--mantine-color-petrol-light-color': '#08536c',
    '--offhook-page': '#f7f8fa',
    '--offhook-line': '#e3e7ec',
    '--offhook-good': '#17693f',
    '--offhook-good-soft': '#e3f5ea',
    '--offhook-wait': '#8a5300',
    '--offhook-wait-soft': '#fdf1dc',
    '--offhook-bad': '#b3261e',
    '--offhook-bad-soft': '#fdebe9',
    '--offhook-idle': '#566173',
    '--offhook-idle-soft': '#eff1f4',
  },
  dark: {
    '--mantine-color-body': '#12171e',
    '--mantine-color-text': '#e6eaf0',
    '--mantine-color-dimmed': '#a3adbb',
    '--mantine-color-placeholder': '#8d98a8',
    '--mantine-color-error': '#ff8a80',
    '--mantine-color-anchor': '#6db7d1',
    '--mantine-color-red-light': '#3a1613',
    '--mantine-color-red-light-color': '#ff9d94',
    '--mantine-color-yellow-light': '#33260d',
    '--mantine-color-yellow-light-color': '#f3c06b',
    '--mantine-color-teal-light': '#10301f',
    '--mantine-color-teal-light-color': '#7bd8a3',
    '--mantine-color-petrol-light': '#12303d',
    '--mantine-color-petrol-light-hover': '#173c4c',
    '--mantine-color-petrol-light-color': '#a0d0e2',
    '--offhook-page': '#0c1015',
    '--offhook-line': '#2b333f',
    '--offhook-good': '#7bd8a3',
    '--offhook-good-soft': '#10301f',
    '--offhook-wait': '#f3c06b',
    '--offhook-wait-soft': '#33260d',
    '--offhook-bad': '#ff9d94',
    '--offhook-bad-soft': '#3a1613',
    '--offhook-idle': '#a3adbb',
    '--offhook-idle-soft': '#212832',
  },
});
