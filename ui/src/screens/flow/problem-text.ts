import { t } from '@/i18n';
import type { Problem, TemplateMark } from './model/validate';

function templateText({ template }: Pick<Problem, 'template'>): string {
    switch (template?.code) {
        case 'unclosed':
            return t('flow.problemUnclosed');
        case 'filter':
            return t('flow.problemFilter', { word: template.word });
        case 'string':
            return t('flow.problemString');
        default:
            return template?.word ? t('flow.problemSyntax', { word: template.word }) : t('flow.problemSyntaxEnd');
    }
}

/** What is wrong and what to do, in a sentence. */
export function problemText(problem: Pick<Problem, 'code' | 'word' | 'template'> | TemplateMark): string {
    const word = problem.word ?? '';
    switch (problem.code) {
        case 'flowNameMissing':
            return t('parts.enterName');
        case 'titleMissing':
            return t('flow.problemTitleMissing');
        case 'titleTwice':
            return t('flow.problemTitleTwice', { word });
        case 'unreachable':
            return t('flow.problemUnreachable');
        case 'circle':
            return t('flow.problemCircle');
        case 'noConditions':
            return t('flow.problemNoConditions');
        case 'conditionMissing':
            return t('flow.problemConditionMissing');
        case 'decisionUnknown':
            return t('flow.problemDecisionUnknown');
        case 'template':
            return templateText(problem);
        case 'unknownAgent':
            return t('flow.problemUnknownAgent', { word });
        case 'unknownMember':
            return t('flow.problemUnknownMember', { word });
        case 'agentLater':
            return t('flow.problemAgentLater', { word });
        case 'skillGone':
            return t('flow.problemSkillGone');
        case 'modelForm':
            return t('flow.problemModelForm');
        case 'nothingToDo':
            return t('flow.problemNothingToDo');
        case 'tooMany':
            return t('flow.problemTooMany');
        case 'server':
            return word;
    }
}
