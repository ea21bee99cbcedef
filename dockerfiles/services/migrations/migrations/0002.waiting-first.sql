-- Workers find what is waiting without reading what is done.
-- depends: 0001.jobs

create index jobs_waiting on jobs (kind, id) where state = 'waiting';
