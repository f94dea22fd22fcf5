using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Tests.Worker.Exchange;
using Xunit;

namespace Headrace.Tests.Worker.Executors;

/// <summary>
/// Tests exceptions whose members throw or return null, and results that cannot be serialized, with every kind of
/// method. Each of them must end its own job and no other.
/// </summary>
public sealed class HostileExceptionTests
{
    private sealed class NullMessageException : Exception
    {
        public override string Message => null!;
    }

    private sealed class ThrowingMessageException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
    }

    private sealed class ThrowingTextException : Exception
    {
        public override string Message => "a message";

        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class NullTextException : Exception
    {
        public override string Message => "a message";

        public override string ToString() => null!;
    }

    private sealed class ThrowingGetter
    {
        public int Size => throw new IOException("the getter failed");
    }

    private static readonly Dictionary<string, ExecutorUnderTest> Kinds = new()
    {
        ["Single"] = new SingleMethod(),
        ["Stream"] = new StreamMethod(),
        ["Batch"] = new BatchMethod(),
    };

    private static readonly Dictionary<string, (Func<Exception> Make, string Message)> Exceptions = new()
    {
        [nameof(NullMessageException)] = (() => new NullMessageException(), "(it has no message)"),
        [nameof(ThrowingMessageException)] = (
            () => new ThrowingMessageException(),
            "(reading its message threw System.InvalidOperationException)"
        ),
        [nameof(ThrowingTextException)] = (() => new ThrowingTextException(), "a message"),
        [nameof(NullTextException)] = (() => new NullTextException(), "a message"),
    };

    private static readonly Dictionary<string, (Func<object> Make, string Message)> Values = new()
    {
        ["NaN"] = (() => double.NaN, ".NET number values such as positive and negative infinity"),
        ["throwing getter"] = (() => new ThrowingGetter(), "the getter failed"),
        ["unsupported type"] = (() => new { Type = typeof(string) }, "'System.Type'"),
    };

    public static TheoryData<string, string> ExceptionsOfEveryShape => Matrix(Exceptions.Keys);

    public static TheoryData<string, string> ValuesOfEveryShape => Matrix(Values.Keys);

    [Theory]
    [MemberData(nameof(ExceptionsOfEveryShape))]
    public async Task An_exception_without_texts_fails_its_job_and_the_next_job_runs(string shape, string thrown)
    {
        var (row, next) = await RunTwoAsync(shape, () => throw Exceptions[thrown].Make(), retries: 0);

        Assert.Equal((JobState.Failed, FailReason.Exhausted), (row.Job.Status.State, row.Reason));
        Assert.EndsWith(thrown, row.Error!.Type, StringComparison.Ordinal);
        Assert.Contains(Exceptions[thrown].Message, row.Error.Message, StringComparison.Ordinal);
        Assert.Equal("next", next);
    }

    [Theory]
    [MemberData(nameof(ValuesOfEveryShape))]
    public async Task A_result_that_cannot_be_serialized_is_rejected_and_not_retried(string shape, string value)
    {
        var (row, next) = await RunTwoAsync(shape, () => Values[value].Make(), retries: 3);

        Assert.Equal(
            (JobState.Failed, FailReason.Rejected, 1),
            (row.Job.Status.State, row.Reason, row.Job.Status.Attempt)
        );
        Assert.StartsWith("The result cannot be serialized: ", row.Error!.Message, StringComparison.Ordinal);
        Assert.Contains(Values[value].Message, row.Error.Message, StringComparison.Ordinal);
        Assert.Equal("next", next);
    }

    /// <summary>Runs the work as the first of two jobs on a worker with one slot.</summary>
    private static async Task<(DoneRow First, string Next)> RunTwoAsync(string shape, Func<object> work, int retries)
    {
        await using var scene = await WorkerScene.StartAsync();
        Kinds[shape].Map(scene.App, "probe", (_, i, _) => Task.FromResult<object?>(i == 0 ? work() : "next"));
        await scene.JoinAsync();
        var first = await scene.SubmitAsync("probe", """{"i":0}""", with: spec => spec with { Retries = retries });
        var (row, _) = await scene.EndOfAsync(first);
        return (row, (await scene.EndOfAsync(await scene.SubmitAsync("probe", """{"i":1}"""))).Result);
    }

    private static TheoryData<string, string> Matrix(IEnumerable<string> cases)
    {
        var matrix = new TheoryData<string, string>();
        foreach (var shape in Kinds.Keys)
            foreach (var one in cases)
                matrix.Add(shape, one);
        return matrix;
    }
}
