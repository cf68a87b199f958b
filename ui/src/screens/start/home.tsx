/** Where `/` leads: whoever sets up, to the checklist until it is done; then, and all others, to the live calls. */
import { Navigate } from 'react-router';
import { useMay } from '../../session/use-session.ts';
import { isFinished } from './start-memory.ts';

export const Home = () => {
  const setsUp = useMay('admin');
  return <Navigate to={setsUp && !isFinished() ? '/start' : '/live'} replace />;
};
