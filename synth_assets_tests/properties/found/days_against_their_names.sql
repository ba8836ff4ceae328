-- rows 200
-- Names put the delivery after the shipment, the CHECKs before it.
CREATE TABLE t (delivered_at timestamp NOT NULL, updated_at timestamp NOT NULL, shipped_at timestamp NOT NULL,
  CHECK (delivered_at IS NULL OR updated_at IS NULL OR delivered_at < updated_at), CHECK (updated_at < shipped_at));
