-- Where a stream ends is what the index over its number and version says; a second copy of it would
-- be changed with every event. Nodes that know only earlier steps have to be stopped first.

alter table log.streams drop column version;
alter table log.streams reset (fillfactor);
