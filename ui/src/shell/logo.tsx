/** The handset off its hook. */
export const Logo = ({ size }: { size: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect width="32" height="32" rx="8" fill="#0b6886" />
    <path
      d="M7.2 12.4c5.6-4.4 12-4.4 17.6 0 .7.6.8 1.5.3 2.2l-1.2 1.7c-.5.7-1.4.9-2.1.5l-2.3-1.1a1.6 1.6 0 0 1-.9-1.6l.1-1.1a10.6 10.6 0 0 0-5.4 0l.1 1.1c.1.7-.3 1.3-.9 1.6l-2.3 1.1c-.7.4-1.6.2-2.1-.5l-1.2-1.7c-.5-.7-.4-1.6.3-2.2z"
      fill="#fff"
    />
    <path d="M9 23.5h14" stroke="#fff" strokeWidth="2.4" strokeLinecap="round" opacity=".65" />
  </svg>
);
