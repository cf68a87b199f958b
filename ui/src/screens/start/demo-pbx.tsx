/** For whom no PBX is at hand. */
export const DemoPbx = () => null;
