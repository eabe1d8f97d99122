/** The providers of models that the server knows, and what each cannot work without. */
export type Provider = {
    id: string;
    name: string;
    needs: 'key' | 'address' | 'both' | 'nothing';
    /** How an address looks. */
    address: string;
    /** How a model is called there. */
    example: string;
};

export const providers: readonly Provider[] = [
    { id: 'openai', name: 'OpenAI', needs: 'key', address: 'https://api.openai.com/v1', example: 'gpt-4o-mini' },
    {
        id: 'anthropic',
        name: 'Anthropic',
        needs: 'key',
        address: 'https://api.anthropic.com',
        example: 'claude-sonnet-4-5',
    },
    {
        id: 'google',
        name: 'Google Gemini',
        needs: 'key',
        address: 'https://generativelanguage.googleapis.com/v1beta',
        example: 'gemini-2.5-flash',
    },
    {
        id: 'mistral',
        name: 'Mistral',
        needs: 'key',
        address: 'https://api.mistral.ai/v1',
        example: 'mistral-small-latest',
    },
    {
        id: 'groq',
        name: 'Groq',
        needs: 'key',
        address: 'https://api.groq.com/openai/v1',
        example: 'llama-3.3-70b-versatile',
    },
    {
        id: 'azure',
        name: 'Azure OpenAI',
        needs: 'both',
        address: 'https://NAME.openai.azure.com',
        example: 'your-deployment',
    },
    { id: 'ollama', name: 'Ollama', needs: 'nothing', address: 'http://127.0.0.1:11434', example: 'llama3.2' },
    {
        id: 'openai-compatible',
        name: 'OpenAI-compatible server',
        needs: 'address',
        address: 'http://127.0.0.1:8000/v1',
        example: 'your-model',
    },
];

/** Also one that only a newer server knows. */
export const providerOf = (id: string): Provider =>
    providers.find((provider) => provider.id === id) ?? { id, name: id, needs: 'key', address: '', example: '' };
