import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { router } from './app/router.tsx';
import './styles/index.css';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refused it refuses again; only a lost connection or a busy server is worth another try.
      retry: (count, error) => error instanceof ApiError && error.status >= 502 && count < 1,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      gcTime: 60_000,
    },
  },
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
