/** Where `/` leads: to the checklist until it is done, then to the live calls. */
import { Navigate } from 'react-router';
import { isFinished } from './start-memory.ts';

export const Home = () => <Navigate to={isFinished() ? '/live' : '/start'} replace />;
