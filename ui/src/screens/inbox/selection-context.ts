import { createContext, use } from 'react';

/** How many items are marked: a and r mean those, not the one that is open. */
export const SelectionContext = createContext(0);
export const useSelectedCount = () => use(SelectionContext);
