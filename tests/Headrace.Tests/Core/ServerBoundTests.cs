using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

public sealed class ServerBoundTests
{
    private static readonly byte[] LongParams = new byte[Limits.ResidentParamsBytes + 1];

    [Fact]
    public void Unfinished_jobs_are_limited_over_all_queues_until_one_ends_R13()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxJobs = 2 });
        var worker = scene.Join("w1");
        scene.Submit();
        scene.Submit(with: spec => spec with { Queue = new QueueName("other") });

        var rejection = scene.TrySubmit(with: spec => spec with { Queue = new QueueName("third") }).Rejection!;

        Assert.Equal((RejectionKind.ServerFull, JobBound.ServerJobs), (rejection.Kind, rejection.Bound));
        Assert.Equal(TimeSpan.FromSeconds(5), rejection.RetryAfter);
        Assert.Contains("its limit of 2 unfinished jobs in all queues", rejection.Detail, StringComparison.Ordinal);
        worker.Succeed(worker.Lease);
        Assert.Null(scene.TrySubmit(with: spec => spec with { Queue = new QueueName("third") }).Rejection);
    }

    [Fact]
    public void Params_and_headers_in_memory_are_limited_until_their_job_ends_also_after_a_restart_R13()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxResidentBytes = 100 });
        scene.Join("w1", slots: 0);
        var id = scene.Submit(with: spec =>
            spec with
            {
                Params = new byte[40],
                ContentType = "text/plain",
                BodyBytes = 1 << 20,
            }
        );
        Assert.Equal(60, scene.Broker.State.Jobs.ResidentBytes);

        scene.Restart();
        var rejection = scene.TrySubmit(with: spec => spec with { Params = new byte[41] }).Rejection!;

        Assert.Equal((RejectionKind.ServerFull, JobBound.ServerBytes), (rejection.Kind, rejection.Bound));
        Assert.Contains(
            "occupy 60 bytes of memory, and this job of 41 bytes would exceed the limit of 100 bytes",
            rejection.Detail,
            StringComparison.Ordinal
        );
        scene.Do(new Command.Cancel(id));
        Assert.Null(scene.TrySubmit(with: spec => spec with { Params = new byte[41] }).Rejection);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Long_params_are_stored_with_the_body_and_not_kept_in_memory_R15(int bodyBytes)
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);
        byte[] body = [.. Enumerable.Repeat((byte)7, bodyBytes)];

        var spec = scene.Job(Submit(scene, LongParams, body)).Spec;

        Assert.Empty(spec.Params);
        Assert.Equal(0, scene.Broker.State.Jobs.ResidentBytes);
        Assert.Equal(
            (LongParams.Length, LongParams.Length + bodyBytes, (long)LongParams.Length + bodyBytes),
            (spec.PayloadParamsBytes, spec.PayloadBytes, spec.InputBytes)
        );
        var payload = Assert.Single(scene.Changes.OfType<RowChange.PayloadAdded>()).Row.Bytes;
        Assert.Equal(LongParams, InputPayload.Params(spec, payload).ToArray());
        Assert.Equal(body, InputPayload.Body(spec, payload).ToArray());
    }

    [Fact]
    public void Params_of_up_to_2_KB_stay_in_memory_and_need_no_payload_R15()
    {
        var scene = new BrokerScene();
        scene.Join("w1", slots: 0);

        var spec = scene.Job(Submit(scene, LongParams[1..], [])).Spec;

        Assert.Equal(
            (Limits.ResidentParamsBytes, 0, 0),
            (spec.Params.Length, spec.PayloadParamsBytes, spec.PayloadBytes)
        );
        Assert.Empty(scene.Changes.OfType<RowChange.PayloadAdded>());
        Assert.Equal(Limits.ResidentParamsBytes, scene.Broker.State.Jobs.ResidentBytes);
    }

    [Fact]
    public void The_bytes_of_long_params_count_against_the_queue_and_the_reply_R13()
    {
        var scene = new BrokerScene(new BrokerOptions { MaxQueueBytes = LongParams.Length + 10 });
        scene.Join("w1", slots: 0);
        Submit(scene, LongParams, []);

        var rejection = scene.TrySubmit(with: spec => spec with { Params = new byte[11] }).Rejection!;

        Assert.Equal(JobBound.QueueBytes, rejection.Bound);
    }

    private static JobId Submit(BrokerScene scene, byte[] parameters, byte[] body)
    {
        var spec = new JobSpec
        {
            Queue = QueueName.Default,
            Method = new MethodName("noop"),
            Owner = "admin",
            Params = parameters,
            BodyBytes = body.Length,
        };
        var result = scene.Ask<Response.Submitted>(new Command.Submit([new NewJob(spec, body)])).Results[0];
        Assert.Null(result.Rejection);
        return result.Id;
    }
}
