-- Jobs, and a word to the workers whenever one comes.
-- depends:

create table jobs (
    id bigint generated always as identity primary key,
    kind text not null,
    input jsonb not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'done', 'failed')),
    answer jsonb,
    worker text,
    created_at timestamptz not null default now(),
    finished_at timestamptz
);

create function tell_workers() returns trigger language plpgsql as $$
begin
    perform pg_notify('jobs', new.kind);
    return new;
end
$$;

create trigger jobs_told after insert on jobs
    for each row execute function tell_workers();
