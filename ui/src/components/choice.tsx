/** A large thing to choose: as a link that leads on, or as one of several (a radio button). */
import { UnstyledButton } from '@mantine/core';
import { ChevronRight, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import classes from './choice.module.css';

export const ChoiceLink = (props: { to: string; icon?: LucideIcon; title: string; text: string }) => {
  const { to, icon: Icon, title, text } = props;
  return (
    <UnstyledButton component={Link} to={to} className={classes['choice']}>
      {Icon && (
        <span className={classes['icon']}>
          <Icon size={20} strokeWidth={1.8} aria-hidden />
        </span>
      )}
      <span className={classes['words']}>
        <span className={classes['title']}>{title}</span>
        <span className={classes['text']}>{text}</span>
      </span>
      <ChevronRight size={18} aria-hidden className={classes['arrow']} />
    </UnstyledButton>
  );
};

export const ChoiceRadio = (props: {
  name: string;
  value: string;
  isChosen: boolean;
  isDisabled?: boolean;
  onChoose: () => void;
  title: string;
  text: ReactNode;
}) => {
  const { name, value, isChosen, isDisabled = false, onChoose, title, text } = props;
  return (
    <label className={classes['choice']} data-chosen={isChosen} data-disabled={isDisabled}>
      <input
        type="radio"
        name={name}
        value={value}
        checked={isChosen}
        disabled={isDisabled}
        onChange={onChoose}
        className={classes['radio']}
      />
      <span className={classes['words']}>
        <span className={classes['title']}>{title}</span>
        <span className={classes['text']}>{text}</span>
      </span>
    </label>
  );
};
