-- One row per filled cell of a wide table: what the row says otherwise, and the instrument, the
-- score and the day or date of the visit that the column stands for.
-- Parts: raw the staged table, cells one row per visit column (place, cell, source, instrument,
-- day), visits its columns, dates the cell of the date that belongs to each, others the further
-- columns of the row, instrument, score, day, date the names that these four take.
select
    filled.line as file_line,
    cells.place,
    cells.source,
    cast(null as varchar) as rule,
    cast(null as varchar) as allowed,
    {others}
    cells.instrument as {instrument},
    filled.score as {score},
    cells.day as {day},
    case filled.cell {dates} end as {date}
from (unpivot {raw} on {visits} into name cell value score) filled
join {cells} cells on cells.cell = filled.cell
