using System.Text;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Http;
using Headrace.Server.Intake;
using Headrace.Server.Intake.Batches;
using Headrace.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Headrace.Tests.Server.Intake;

public sealed class SmallJobsFirstTests
{
    private static readonly SmallJobsFirst Rule = new(new Dictionary<string, string> { ["eu"] = "rows" });

    [Theory]
    [InlineData("", -10)]
    [InlineData(""","priority":0""", 0)]
    [InlineData(""","priority":-3""", -3)]
    [InlineData(""","priority":7""", 7)]
    public void Only_a_job_without_a_priority_gets_one_by_its_size(string priority, int expected)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"method":"noop","queue":"eu","params":{"rows":1500}{{priority}}}""");

        Assert.Equal(expected, PriorityOf(JobRequestReader.Read(json, TestCallers.Ada)));
        Assert.True(JobRequestReader.ReadAny(json).TryGet(out var fields, out _));
        Assert.Equal(expected, PriorityOf(fields.ToJob(TestCallers.Ada)));
    }

    [Fact]
    public void A_job_of_another_queue_or_without_a_size_keeps_its_priority()
    {
        Assert.Equal(0, PriorityOf(Read("""{"method":"noop","queue":"us","params":{"rows":1500}}""")));
        Assert.Equal(0, PriorityOf(Read("""{"method":"noop","queue":"eu","params":{"rows":"many"}}""")));
        Assert.Equal(0, PriorityOf(Read("""{"method":"noop","queue":"eu"}""")));
    }

    [Theory]
    [InlineData(null, -2)]
    [InlineData(0, 0)]
    [InlineData(-7, -7)]
    public void A_priority_in_Protobuf_is_kept_also_if_it_is_zero(int? priority, int expected)
    {
        var job = new SubmitJob
        {
            Method = "noop",
            Queue = "eu",
            Params = Encoding.UTF8.GetBytes("""{"rows":4}"""),
            Priority = priority,
        };
        var bytes = new byte[WireWriter.SizeOf(job)];
        WireWriter.Write(job, bytes);
        var sent = SubmitJob.Read(bytes);

        Assert.Equal(expected, PriorityOf(SubmitJobReader.Read(sent, sent.Body, TestCallers.Ada)));
    }

    [Theory]
    [InlineData("", -10)]
    [InlineData("0", 0)]
    [InlineData("-3", -3)]
    public void A_priority_in_the_query_of_a_raw_submission_is_kept_also_if_it_is_zero(string priority, int expected)
    {
        var query = new Dictionary<string, StringValues> { ["method"] = "noop", ["queue"] = "eu" };
        if (priority.Length > 0)
            query["priority"] = priority;

        Assert.True(RawJobReader.Read(new QueryCollection(query), out _).TryGet(out var fields, out _));

        var job = (fields with { Params = Encoding.UTF8.GetBytes("""{"rows":1500}""") }).ToJob(TestCallers.Ada);
        Assert.Equal(expected, PriorityOf(job));
    }

    private static Result<NewJob> Read(string json) =>
        JobRequestReader.Read(Encoding.UTF8.GetBytes(json), TestCallers.Ada);

    private static int PriorityOf(Result<NewJob> read)
    {
        Assert.True(read.TryGet(out var job, out _));
        return Rule.AssignPriority(job).Spec.Priority;
    }
}
