using System.Text;
using System.Text.Json;
using Headrace.Worker;

namespace Headrace.Tests.Worker.Executors;

/// <summary>Maps the work with a custom executor that runs several jobs in each call.</summary>
public sealed class CustomExecutor : KillingExecutorUnderTest
{
    public override object Death { get; } = new();

    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapExecutor(
            name,
            new ExecutorOptions { MaxConcurrency = Concurrency },
            new TaskExecutor(work, Death, Concurrency)
        );
}

/// <summary>Maps the work with a custom executor that runs the jobs in a call one after another.</summary>
public sealed class CustomSequentialExecutor : KillingExecutorUnderTest
{
    public override object Death { get; } = new();

    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapExecutor(name, new ExecutorOptions(), new TaskExecutor(work, Death, 1));
}

/// <summary>Maps the work with a custom executor that runs batches.</summary>
public sealed class CustomBatchExecutor : KillingExecutorUnderTest
{
    public override object Death { get; } = new();

    public override MethodBuilder Map(HeadraceWorker app, string name, Work work) =>
        app.MapExecutor(
            name,
            new ExecutorOptions { MaxBatchSize = Concurrency },
            new BatchTaskExecutor(new TaskExecutor(work, Death, Concurrency))
        );
}

/// <summary>Runs each job in a call as a task. All jobs in a call run in the same simulated process.</summary>
file sealed class TaskExecutor(Work work, object death, int concurrency) : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        var process = new ProcessModel();
        var running = new List<Task>();
        while (true)
        {
            running.RemoveAll(one => one.IsCompleted);
            if (running.Count < concurrency && jobs.TryRead(out var job))
            {
                running.Add(RunAsync(job, process));
                continue;
            }
            if (running.Count == 0 && !await jobs.WaitToReadAsync(cancellationToken))
                return;
            if (running.Count == concurrency)
                await Task.WhenAny(running);
            else if (running.Count > 0)
                await Task.WhenAny([.. running, jobs.WaitToReadAsync(cancellationToken).AsTask()]);
        }
    }

    public async Task RunAsync(JobExecution job, ProcessModel process)
    {
        process.Add(job);
        try
        {
            var i = job.Params.IsEmpty ? 0 : JsonElement.Parse(job.Params.Span).GetProperty("i").GetInt32();
            // Runs on another thread, because the work may block its thread.
            var result = await Task.Run(() => work(job, i, job.CancellationToken)).WaitAsync(job.KillToken);
            if (ReferenceEquals(result, death))
                process.Die();
            else if (result is string text)
                job.End(JobOutcome.Succeeded(Encoding.UTF8.GetBytes(text), "text/plain"));
            else
                job.End(JobOutcome.Succeeded(JsonSerializer.SerializeToUtf8Bytes(result), "application/json"));
        }
        catch (OperationCanceledException) when (job.KillToken.IsCancellationRequested)
        {
            job.End(JobOutcome.Cancelled("The process was killed."));
        }
        catch (Exception thrown)
        {
            job.End(JobOutcome.Failed(thrown));
        }
        process.Remove(job);
    }
}

/// <summary>Runs the jobs in a batch together.</summary>
file sealed class BatchTaskExecutor(TaskExecutor tasks) : IMethodExecutor
{
    public async Task RunAsync(JobReader jobs, CancellationToken cancellationToken)
    {
        var process = new ProcessModel();
        await foreach (var batch in jobs.ReadBatchesAsync(cancellationToken))
        {
            // The whole batch is passed to the process before it runs.
            foreach (var job in batch)
                process.Add(job);
            await Task.WhenAll(batch.Select(job => tasks.RunAsync(job, process)));
        }
    }
}

/// <summary>Simulates a process that runs jobs. When it dies, all of its jobs crash.</summary>
file sealed class ProcessModel
{
    private readonly HashSet<JobExecution> _jobs = [];

    public void Add(JobExecution job)
    {
        lock (_jobs)
            _jobs.Add(job);
    }

    public void Remove(JobExecution job)
    {
        lock (_jobs)
            _jobs.Remove(job);
    }

    public void Die()
    {
        lock (_jobs)
        {
            foreach (var job in _jobs)
                job.End(JobOutcome.Crashed("The process was killed by SIGSEGV.", wasAlone: _jobs.Count == 1));
            _jobs.Clear();
        }
    }
}
