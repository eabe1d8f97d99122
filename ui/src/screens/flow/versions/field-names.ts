import { t } from '@/i18n';

/** As the panel calls it; what the panel does not have keeps its own name. */
export function fieldName(field: string): string {
    switch (field) {
        case 'name':
            return t('flow.name');
        case 'title':
            return t('flow.title');
        case 'description':
            return t('flow.description');
        case 'role':
            return t('flow.role');
        case 'role_description':
            return t('flow.roleDescription');
        case 'default_goal':
            return t('flow.defaultGoal');
        case 'agent_type':
            return t('flow.kind');
        case 'llm.model':
            return t('flow.model');
        case 'llm.temperature':
            return t('flow.temperature');
        case 'llm.max_tokens':
            return t('flow.maxTokens');
        case 'llm.fallbacks':
            return t('flow.fallbacks');
        case 'prompt.template':
            return t('flow.prompt');
        case 'skills':
            return t('flow.skills');
        case 'context':
            return t('flow.context');
        case 'conditions':
            return t('flow.conditions');
        case 'next_agent':
            return t('flow.thenGoTo');
        case 'initialAgent':
            return t('flow.start');
        case 'is_preview_mode_enabled':
            return t('flow.previewMode');
        case 'has_knowledge_base':
            return t('flow.knowledgeBase');
        case 'memory.memory_type':
            return t('flow.memory');
        case 'call_timeout_s':
            return t('flow.callTimeout');
        case 'step_timeout_s':
            return t('flow.stepTimeout');
        case 'execution_timeout_s':
            return t('flow.executionTimeout');
        case 'turns_max':
            return t('flow.turns');
        case 'retry.attempts':
            return t('flow.attempts');
        case 'retry.jitter':
            return t('flow.jitter');
        case 'approval.assignee':
            return t('flow.assignee');
        case 'pre_and_post_execution_input.pre':
            return t('flow.formPre');
        case 'pre_and_post_execution_input.post':
            return t('flow.formPost');
        case 'isActive':
            return t('flow.active');
        case 'parent_agentflow_id':
            return t('flow.failover');
        case 'failover_goal':
            return t('flow.failoverGoal');
        case 'anomaly_detection.is_enabled':
            return t('flow.anomaly');
        case 'anomaly_detection.instructions':
            return t('flow.anomalyInstructions');
        case 'anomaly_detection.rules':
            return t('flow.rules');
        default:
            return field;
    }
}
