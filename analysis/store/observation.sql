-- One row per usable score of one series, with the day of the next one of its episode and with the
-- baseline (the last score on day -14 to 0).
-- Parts: series its name.
insert into observation
select cast({series} as instrument_id), episode, day, next_day, score, baseline
from worked_out
