import { Button, FileButton, TagsInput, Text } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { t } from '@/i18n';
import classes from './files.module.css';

type DropZoneProps = { tags: readonly string[]; on_files: (files: File[], tags: string[]) => void };

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;

/** Files may be dropped anywhere on the page, or chosen. */
export function DropZone({ tags, on_files }: DropZoneProps) {
    const [chosen, setChosen] = useState<string[]>([]);
    const is_over = useDroppedFiles((files) => on_files(files, chosen));
    return (
        <div className={classes.zone} data-over={is_over}>
            <div className={classes.zoneText}>
                <Text size="sm" fw={500}>
                    {is_over ? t('files.dropNow') : t('files.drop')}
                </Text>
                <Text size="xs" c="dimmed">
                    {t('files.dropHint')}
                </Text>
            </div>
            <TagsInput
                className={classes.tags}
                aria-label={t('files.tagsForUpload')}
                placeholder={chosen.length === 0 ? t('files.tagsForUpload') : undefined}
                data={[...tags]}
                value={chosen}
                onChange={setChosen}
            />
            <FileButton multiple onChange={(files) => files.length > 0 && on_files(files, chosen)}>
                {(props) => (
                    <Button {...props} leftSection={<IconUpload size={16} />}>
                        {t('files.choose')}
                    </Button>
                )}
            </FileButton>
        </div>
    );
}

/** Whether files hover over the page; `on_drop` gets them when they are let go. */
function useDroppedFiles(on_drop: (files: File[]) => void): boolean {
    const [is_over, setOver] = useState(false);
    const current = useRef(on_drop);
    current.current = on_drop;
    useEffect(() => {
        // Each element that is entered and left tells so: the page is left when as many are left as were entered.
        let depth = 0;
        const count = (step: number) => (event: DragEvent) => {
            if (!hasFiles(event)) return;
            depth += step;
            setOver(depth > 0);
        };
        const enter = count(1);
        const leave = count(-1);
        const allow = (event: DragEvent) => hasFiles(event) && event.preventDefault();
        const drop = (event: DragEvent) => {
            if (!hasFiles(event)) return;
            event.preventDefault();
            depth = 0;
            setOver(false);
            current.current([...(event.dataTransfer?.files ?? [])]);
        };
        window.addEventListener('dragenter', enter);
        window.addEventListener('dragleave', leave);
        window.addEventListener('dragover', allow);
        window.addEventListener('drop', drop);
        return () => {
            window.removeEventListener('dragenter', enter);
            window.removeEventListener('dragleave', leave);
            window.removeEventListener('dragover', allow);
            window.removeEventListener('drop', drop);
        };
    }, []);
    return is_over;
}
