// The look, once: colours, sizes, and how each component appears unless told otherwise.
import {
    ActionIcon,
    Anchor,
    Badge,
    Button,
    Card,
    type CSSVariablesResolver,
    createTheme,
    Drawer,
    InputWrapper,
    Kbd,
    type MantineColorsTuple,
    Menu,
    Modal,
    Paper,
    PasswordInput,
    Select,
    Skeleton,
    Table,
    Textarea,
    TextInput,
    Tooltip,
} from '@mantine/core';

const iris: MantineColorsTuple = [
    '#f1f2ff',
    '#e2e4fc',
    '#c3c7f6',
    '#a0a6f1',
    '#838aed',
    '#6a72e6',
    '#5059d6',
    '#444cbd',
    '#3a41a3',
    '#2c327f',
];
// gray[6] carries dimmed text: 5.6 : 1 on white.
const gray: MantineColorsTuple = [
    '#f8f8fa',
    '#f2f2f5',
    '#e8e9ed',
    '#dddee4',
    '#c8cad2',
    '#9a9da8',
    '#63666f',
    '#464952',
    '#2e3037',
    '#1a1b20',
];
// dark[2] carries dimmed text: 6 : 1 on dark[7], the page.
const dark: MantineColorsTuple = [
    '#e3e4e8',
    '#bbbdc5',
    '#9599a3',
    '#6a6e79',
    '#363942',
    '#282a31',
    '#1d1f24',
    '#141519',
    '#0e0f12',
    '#08090b',
];

const transition = { transitionProps: { duration: 120 } };
/** A dialog's name reads as the heading that it is. */
const dialog_styles = { title: { fontSize: 16, fontWeight: 600, lineHeight: 1.4 } };

export const theme = createTheme({
    primaryColor: 'iris',
    primaryShade: { light: 6, dark: 6 },
    colors: { iris, gray, dark },
    black: '#1a1b20',
    autoContrast: true,
    respectReducedMotion: true,
    cursorType: 'pointer',
    focusRing: 'auto',
    fontFamily: 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
    fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", "Noto Sans Mono", monospace',
    fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '18px' },
    lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
    spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
    radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
    defaultRadius: 'md',
    headings: {
        fontWeight: '600',
        sizes: {
            h1: { fontSize: '20px', lineHeight: '28px' },
            h2: { fontSize: '16px', lineHeight: '24px' },
            h3: { fontSize: '14px', lineHeight: '20px' },
        },
    },
    components: {
        ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 32 } }),
        Anchor: Anchor.extend({ defaultProps: { size: 'sm' } }),
        Badge: Badge.extend({ defaultProps: { variant: 'light', tt: 'none', fw: 500 } }),
        Button: Button.extend({ defaultProps: { size: 'sm' }, styles: { root: { fontWeight: 500 } } }),
        Card: Card.extend({ defaultProps: { withBorder: true, padding: 'md', radius: 'lg' } }),
        Drawer: Drawer.extend({
            defaultProps: { position: 'right', size: 'md', ...transition },
            styles: dialog_styles,
        }),
        InputWrapper: InputWrapper.extend({
            styles: { label: { fontWeight: 500, marginBottom: 4 }, description: { fontSize: 12, lineHeight: 1.4 } },
        }),
        Kbd: Kbd.extend({ defaultProps: { size: 'xs' } }),
        Menu: Menu.extend({
            defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md', position: 'bottom-end', ...transition },
        }),
        Modal: Modal.extend({ defaultProps: { centered: true, radius: 'lg', ...transition }, styles: dialog_styles }),
        Paper: Paper.extend({ defaultProps: { radius: 'lg' } }),
        PasswordInput: PasswordInput.extend({ defaultProps: { size: 'sm' } }),
        Select: Select.extend({ defaultProps: { size: 'sm', allowDeselect: false } }),
        Skeleton: Skeleton.extend({ defaultProps: { radius: 'sm' } }),
        Table: Table.extend({ defaultProps: { verticalSpacing: 9, horizontalSpacing: 'md' } }),
        Textarea: Textarea.extend({ defaultProps: { size: 'sm', autosize: true, minRows: 3 } }),
        TextInput: TextInput.extend({ defaultProps: { size: 'sm' } }),
        Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: false, ...transition } }),
    },
});

/** What Mantine leaves too faint, and our own names: --weft-line, --weft-side (navigation), --weft-hover. */
export const variables: CSSVariablesResolver = (resolved) => ({
    variables: { '--weft-content-max': '1280px' },
    light: {
        '--mantine-color-placeholder': resolved.colors.gray[6],
        '--mantine-color-error': '#c92a2a',
        '--mantine-color-anchor': resolved.colors.iris?.[7] ?? iris[7],
        '--mantine-color-default-border': resolved.colors.gray[3],
        '--weft-line': resolved.colors.gray[2],
        '--weft-side': resolved.colors.gray[0],
        '--weft-hover': resolved.colors.gray[1],
        '--weft-accent-text': iris[7],
        '--weft-good': '#1c7a3d',
        '--weft-warn': '#a04d00',
        '--weft-bad': '#c92a2a',
    },
    dark: {
        '--mantine-color-placeholder': resolved.colors.dark[2],
        '--mantine-color-error': '#ff8787',
        '--mantine-color-anchor': iris[3],
        '--weft-line': resolved.colors.dark[5],
        '--weft-side': '#101114',
        '--weft-hover': resolved.colors.dark[6],
        '--weft-accent-text': iris[3],
        '--weft-good': '#5fd08a',
        '--weft-warn': '#f2b05e',
        '--weft-bad': '#ff8787',
    },
});
