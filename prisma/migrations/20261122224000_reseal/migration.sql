-- What is encrypted anew with another key is the same secret: no change that anybody has to be told of (If-Match).
CREATE OR REPLACE FUNCTION "count_version"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."version" := OLD."version";
  IF current_setting('offhook.resealing', true) = 'on' THEN
    RETURN NEW;
  END IF;
  -- not what calls change by themselves: what a PBX turned out to do with transfers, and what is left in the wallet
  IF to_jsonb(NEW) - 'transfer_support' - 'wallet_balance_micros'
     IS DISTINCT FROM to_jsonb(OLD) - 'transfer_support' - 'wallet_balance_micros' THEN
    NEW."version" := OLD."version" + 1;
  END IF;
  RETURN NEW;
END
$$;
