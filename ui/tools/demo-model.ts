// The model of the demo: says what an agent of a support desk would say, on a free loopback port, in the words of OpenAI's
// chat completions.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Message = { role: string; content?: unknown };
type Tool = { function: { name: string } };
type Asked = { messages: Message[]; tools?: Tool[] };

/** The first whose mark stands in the prompt answers. */
const answers: [mark: string, text: string][] = [
    [
        'Read the ticket',
        'Maya Lindqvist writes about **order 20418**: the parcel was marked as delivered on Friday, her porch camera shows nobody, and she needs the desk lamp by the 14th.\n\n- Customer since 2021, nine orders, no complaint before\n- Carrier: Northline, tracking `NL-5521-0087`\n- Mood: polite, worried about the date',
    ],
    [
        'Check the tone',
        '## Re: My order has not arrived\n\nDear Maya,\n\nthank you for the photograph; it helps. The carrier confirms that your parcel was scanned two streets away, so **a new lamp left our warehouse this morning**. It arrives on Thursday, two days before you need it.\n\n- Order: 20418\n- New tracking: `NL-5521-0112`\n- Cost to you: none\n\nIf the first parcel turns up after all, keep it at the door and the driver takes it along.\n\nWarm regards,\nThe Brightside team',
    ],
    [
        'Draft a reply',
        'A draft that names the new parcel, the day it comes and what to do with the first one. Four short paragraphs, no promise that the policy does not cover.',
    ],
    [
        'Sum up',
        '### Week 48\n\n184 tickets, 11 % fewer than last week. **Late parcels** are again the most frequent reason (61), nearly all with one carrier. Median time to a first answer: *38 minutes*.\n\n1. Northline loses one parcel in ninety: ask for a new contact.\n2. The size guide of the Arc lamp causes 14 returns.\n3. Nobody answered on Sunday between 6 and 9.',
    ],
    ['Answer the caller', 'I have passed the question on to the evening team, with the whole conversation.'],
];
const long_text =
    'Over the last quarter the desk answered 2,310 tickets. Three themes stand out. First, parcels: one carrier is behind two thirds of all late deliveries, and customers write twice before they hear from us. Second, returns: the Arc lamp is bought by its picture and sent back for its height, which the size guide does not show. Third, billing: invoices of companies lack the order number that their accountants ask for. ';

const think_ms = 900;

const chunk = (delta: object, finish_reason: string | null, usage?: object) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }], usage })}\n\n`;

/** What it would save, as a call of the tool that inserts. */
function toolCall({ function: { name } }: Tool) {
    const record = { customer: 'Maya Lindqvist', order: '20418', amount: 89.5, reason: 'Parcel lost by the carrier' };
    const text = JSON.stringify({ table: 'Refunds', records: [record] });
    return { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name, arguments: text } }] };
}

export async function startDemoModel() {
    const server = createServer((request, response) => {
        let body = '';
        request.on('data', (text) => {
            body += text;
        });
        request.on('end', () => {
            const { messages, tools = [] } = JSON.parse(body) as Asked;
            const insert = tools.find(({ function: { name } }) => name.includes('insert'));
            const is_slow = body.includes('quarter');
            const found = answers.find(([mark]) => body.includes(mark))?.[1];
            const text = is_slow ? long_text.repeat(8) : (found ?? 'Done: all is as it should be.');
            const words = text.match(/\S+\s*/g) ?? [];
            const usage = {
                prompt_tokens: Math.round(body.length / 4),
                completion_tokens: Math.round(text.length / 4),
            };
            response.writeHead(200, { 'content-type': 'text/event-stream' });
            if (insert && messages.at(-1)?.role !== 'tool') {
                const why = 'The policy allows a refund up to 100 € when a parcel is lost. I put it on the list.';
                response.write(chunk({ role: 'assistant', content: why }, null));
                response.write(chunk(toolCall(insert), null));
                response.end(`${chunk({}, 'tool_calls', usage)}data: [DONE]\n\n`);
                return;
            }
            let said = 0;
            const timer = setInterval(
                () => {
                    for (let count = is_slow ? 1 : words.length; count > 0 && said < words.length; count--)
                        response.write(chunk({ role: 'assistant', content: words[said++] }, null));
                    if (said < words.length) return;
                    clearInterval(timer);
                    response.end(`${chunk({}, 'stop', usage)}data: [DONE]\n\n`);
                },
                is_slow ? 300 : think_ms + Math.random() * think_ms,
            );
            response.on('close', () => clearInterval(timer));
        });
    });
    await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
    });
    return {
        base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
        stop: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}
