/** The way from an empty Offhook to the first answered call. */
export const start = {
  agentName: 'Front desk',
};
