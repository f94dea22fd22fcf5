using Headrace.Core;
using Headrace.Core.Jobs;
using Xunit;

namespace Headrace.Tests.Core;

/// <summary>Tests that each command returns only a bounded part of the list of queues or methods (R3).</summary>
public sealed class CatalogTests
{
    private readonly BrokerScene _scene = new();

    [Fact]
    public void A_list_of_queues_is_returned_in_bounded_parts_that_contain_each_queue_once_R3()
    {
        _scene.Join("w1");
        SubmitAll(Enumerable.Range(0, 450).Select(i => ($"q{i:D3}", "noop")));

        var names = new List<string>();
        Response.Queues part;
        do
        {
            part = _scene.Ask<Response.Queues>(new Command.ListQueues(new ListRange(names.LastOrDefault())));
            Assert.InRange(part.Items.Count, 1, ListRange.MaxEntries);
            names.AddRange(part.Items.Select(queue => queue.Name.Text));
        } while (!part.IsLast);

        Assert.Equal(Enumerable.Range(0, 450).Select(i => $"q{i:D3}"), names);
    }

    [Fact]
    public void A_part_of_the_list_may_start_after_a_queue_that_does_not_exist()
    {
        _scene.Join("w1");
        foreach (var name in (string[])["b", "d"])
            _scene.Submit(with: spec => spec with { Queue = new QueueName(name) });

        Assert.Equal(["b", "d"], Names(null));
        Assert.Equal(["b", "d"], Names("a"));
        Assert.Equal(["d"], Names("b"));
        Assert.Equal(["d"], Names("c"));
        Assert.Empty(Names("d"));
        Assert.Empty(Names("e"));
    }

    [Fact]
    public void A_queue_is_found_by_name_with_its_counts_also_after_its_jobs_have_ended()
    {
        _scene.Join("w1", slots: 1, methods: "other@1");
        _scene.Join("w2");
        var job = _scene.Submit(with: spec =>
            spec with
            {
                Queue = new QueueName("b"),
                Method = new MethodName("other"),
            }
        );
        _scene.Submit(with: spec => spec with { Queue = new QueueName("c") });

        Assert.Equal(1, Find("b")!.Jobs);
        Assert.All(Find("b")!.Counts, count => Assert.Equal("other", count.Method.Text));
        Assert.Null(Find("nowhere"));
        _scene.Do(new Command.Cancel(job));

        Assert.Contains(Find("b")!.Counts, count => count.Jobs == 1);
    }

    [Fact]
    public void A_queue_with_many_counts_ends_the_part_early()
    {
        string[] methods = [.. Enumerable.Range(0, 1_000).Select(i => $"m{i}@1")];
        _scene.Join("w1", 1, 0, methods);
        foreach (var queue in (string[])["a", "b", "c", "d"])
            SubmitAll(methods.Select(method => (queue, method[..^2])));

        var first = _scene.Ask<Response.Queues>(new Command.ListQueues(default));

        Assert.False(first.IsLast);
        Assert.InRange(first.Items.Sum(queue => queue.Counts.Count), ListRange.MaxCounts, ListRange.MaxCounts + 2_000);
    }

    [Fact]
    public void A_list_of_methods_is_returned_in_bounded_parts_by_name_and_version_R3()
    {
        string[] offered =
        [
            .. Enumerable.Range(1, 300).Select(version => $"a@{version}"),
            .. Enumerable.Range(1, 150).Select(n => $"b{n:D3}@2"),
        ];
        _scene.Join("w1", 1, 0, [.. offered.Reverse()]);

        var names = new List<string>();
        Response.Methods part;
        do
        {
            part = _scene.Ask<Response.Methods>(new Command.ListMethods(new ListRange(names.LastOrDefault())));
            Assert.InRange(part.Items.Count, 1, ListRange.MaxEntries);
            names.AddRange(part.Items.Select(method => new MethodRef(method.Name, method.Version).ToString()));
        } while (!part.IsLast);

        Assert.Equal(offered, names);
    }

    [Fact]
    public void The_versions_of_a_method_are_found_by_its_name()
    {
        _scene.Join("w1", 1, 0, "a@1", "a@2", "ab@1");

        Assert.Equal([1, 2], Versions("a"));
        Assert.Empty(Versions("nowhere"));

        IEnumerable<int> Versions(string name) =>
            _scene
                .Ask<Response.Methods>(new Command.GetMethod(new MethodName(name)))
                .Items.Select(method => method.Version);
    }

    /// <summary>Submits one job for each of these queues and methods, in one command.</summary>
    private void SubmitAll(IEnumerable<(string Queue, string Method)> jobs)
    {
        var submit = new Command.Submit([
            .. jobs.Select(job => new NewJob(
                new JobSpec
                {
                    Queue = new QueueName(job.Queue),
                    Method = new MethodName(job.Method),
                    Owner = "admin",
                },
                default
            )),
        ]);
        Assert.All(_scene.Ask<Response.Submitted>(submit).Results, result => Assert.Null(result.Rejection));
    }

    private IEnumerable<string> Names(string? after) =>
        _scene
            .Ask<Response.Queues>(new Command.ListQueues(new ListRange(after)))
            .Items.Select(queue => queue.Name.Text);

    private QueueView? Find(string name) =>
        _scene.Ask<Response.Queues>(new Command.GetQueue(new QueueName(name))).Items.SingleOrDefault();
}
