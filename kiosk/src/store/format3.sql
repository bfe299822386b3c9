-- Format 3: a kiosk that was restored from an old copy of itself begins another
-- series of facts, under which it tells again what it holds.

ALTER TABLE position ADD COLUMN series INTEGER NOT NULL DEFAULT 0;

-- 1 where the fact was answered before and is told once more: it is not counted
-- among those that wait.
ALTER TABLE fact ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
