drop table jobs;
drop function tell_workers();
