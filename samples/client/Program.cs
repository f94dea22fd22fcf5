using System.Text;
using Headrace.Client;
using Headrace.Protocol.Json;

// The server is HEADRACE_SERVER if set; otherwise, it is the server that the same user is running on this machine.
using var headrace = new HeadraceClient();
var text = Encoding.UTF8.GetBytes("hello");

// Submit a job, wait until it ends, and read its result.
JobResult digest = await headrace.RunAsync(JobRequest.Create("sha512", new { iterations = 1000 }) with { Body = text });
Console.WriteLine($"digest {digest.Text[..16]}");

// Submit many jobs at once. Each submission result arrives once the job is on the server's disk or has been rejected.
var ids = new List<string>();
var counts = new[] { -1, 0, 1, 2 };
var jobs = counts.Select(count => JobRequest.Create("sha512", new { iterations = count }) with { Body = text });
await foreach (SubmitManyResult submitted in headrace.SubmitManyAsync(jobs))
{
    if (submitted.Id is { } id)
        ids.Add(id);
    else
        Console.WriteLine($"rejected {submitted.Problem?.Detail}");
}
foreach (var id in ids)
{
    JobReply job = await headrace.WaitAsync(id, timeout: TimeSpan.FromMinutes(1));
    Console.WriteLine($"{job.State}");
}

// Schedule a job, ask why it is waiting, and cancel it. Submitting with the same idempotency key returns the same job.
var request = JobRequest.Create("sha512", new { iterations = 5 }) with
{
    Body = text,
    ScheduledAt = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero),
    IdempotencyKey = "order-1001",
};
SubmittedReply scheduled = await headrace.SubmitAsync(request);
SubmittedReply repeated = await headrace.SubmitAsync(request);
Console.WriteLine($"same job: {scheduled.Id == repeated.Id}");
WhyReply explanation = await headrace.ExplainAsync(scheduled.Id);
Console.WriteLine(explanation.Why);
CancelResult cancelled = await headrace.CancelAsync(scheduled.Id);
Console.WriteLine($"{cancelled}");

// RunAsync throws if the job does not succeed, here because it exceeds its time limit.
var slow = JobRequest.Create("sha512", new { iterations = 1_000_000_000 }) with
{
    Body = text,
    TimeLimit = TimeSpan.FromMilliseconds(200),
    Retries = 0,
};
try
{
    await headrace.RunAsync(slow);
}
catch (JobNotSucceededException failure)
{
    Console.WriteLine($"{failure.State}: {failure.Reason}");
}
