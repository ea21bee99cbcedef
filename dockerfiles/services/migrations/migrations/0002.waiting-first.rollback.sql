drop index jobs_waiting;
