using System.Text;
using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Core.Registry;
using Xunit;

namespace Headrace.Tests.Core.Registry;

public sealed class RegistryTests
{
    private readonly BrokerScene _scene = new();

    private RegistryTable Registry => _scene.Broker.State.Registry;

    // Versions

    [Fact]
    public void A_document_is_created_and_replaced_if_it_has_the_expected_version_R27()
    {
        Assert.Equal([1], Written(Put("a", "1", RegistryWrite.Absent)));
        Assert.Equal([2], Written(Put("a", "2", expected: 1)));
        Assert.Equal([3], Written(Put("a", "3", RegistryWrite.AnyVersion)));

        Assert.True(Registry.TryGet("user", "a", out var document));
        Assert.Equal((3, "3"), (document.Version, Encoding.UTF8.GetString(document.Json.Span)));
        Assert.Same(document, Assert.Single(_scene.Changes.OfType<RowChange.DocumentPut>()).Row);
    }

    [Theory]
    [InlineData(RegistryWrite.Absent)]
    [InlineData(1)]
    [InlineData(9)]
    public void A_document_with_another_version_than_expected_is_a_conflict_and_nothing_is_written_R27(long expected)
    {
        Written(Put("a", "1"));
        Written(Put("a", "2"));

        var conflict = Conflict(Put("b", "new"), Put("a", "3", expected));

        Assert.Equal(("user", "a", 2), (conflict.Kind, conflict.Id, conflict.ActualVersion));
        Assert.Empty(_scene.Changes);
        Assert.Equal((1, 3), (Registry.Count, Registry.NextVersion));
    }

    [Theory]
    [InlineData(RegistryWrite.Absent)]
    [InlineData(1)]
    [InlineData(RegistryWrite.AnyVersion)]
    public void A_document_that_does_not_exist_cannot_be_deleted(long expected) =>
        Assert.Equal(0, Conflict(new RegistryWrite.Delete("user", "a", expected)).ActualVersion);

    [Fact]
    public void A_document_that_is_deleted_and_created_again_never_has_an_earlier_version_R27()
    {
        Written(Put("a", "1"));
        Written(new RegistryWrite.Delete("user", "a", 1));
        Written(Put("a", "again", RegistryWrite.Absent));

        Assert.Equal(3, Conflict(Put("a", "based on the deleted one", expected: 1)).ActualVersion);
    }

    [Fact]
    public void Versions_continue_after_a_restart_R27()
    {
        Written(Put("a", "1"));
        Written(new RegistryWrite.Delete("user", "a", 1));
        Written(Put("b", "1"));

        _scene.Restart();

        Assert.Equal(3, Registry.All.Single().Version);
        Assert.Equal([4], Written(Put("a", "2")));
    }

    [Theory]
    [InlineData(RegistryWrite.Absent)]
    [InlineData(1)]
    [InlineData(9)]
    public void A_write_that_expects_another_document_is_applied_only_while_that_one_has_the_version_R27(long other)
    {
        Written(Put("a", "1"));
        Written(Put("a", "2"));

        Assert.Equal(2, Conflict(Put("b", "1"), new RegistryWrite.Expect("user", "a", other)).ActualVersion);
        Assert.Empty(_scene.Changes);
        Written(Put("b", "1"), new RegistryWrite.Expect("user", "a", 2));

        Assert.Equal("b", Assert.Single(_scene.Changes.OfType<RowChange.DocumentPut>()).Row.Id);
        Assert.Equal(2, Registry.Count);
        Assert.True(Registry.TryGet("user", "a", out var unchanged));
        Assert.Equal(2, unchanged.Version);
    }

    [Fact]
    public void A_document_that_must_not_exist_can_be_expected_R27()
    {
        Written(Put("b", "1"), new RegistryWrite.Expect("user", "a", RegistryWrite.Absent));

        Written(new RegistryWrite.Delete("user", "b", RegistryWrite.AnyVersion));

        Assert.Equal(0, Conflict(Put("c", "1"), new RegistryWrite.Expect("user", "b", 1)).ActualVersion);
    }

    // Commands

    [Fact]
    public void The_changes_of_a_command_are_published_together_and_records_are_not()
    {
        Written(Put("a", "1"), new RegistryWrite.AppendRecord("audit", "{}"u8.ToArray()));
        Written(Put("b", "2"), new RegistryWrite.Delete("user", "a", 1));

        var changes = _scene.Effects.OfType<Effect.RegistryChanged>().Select(effect => effect.Changes).ToList();

        Assert.Equal(2, changes.Count);
        Assert.Equal(1, Assert.IsType<RegistryChange.Put>(Assert.Single(changes[0])).Document.Version);
        Assert.Equal(
            [typeof(RegistryChange.Put), typeof(RegistryChange.Deleted)],
            changes[1].Select(change => change.GetType())
        );
        Assert.Equal(new RegistryChange.Deleted("user", "a", 4), changes[1][1]);
    }

    [Fact]
    public void The_ids_of_appended_records_sort_in_the_order_in_which_they_were_appended()
    {
        for (var i = 0; i < 12; i++)
        {
            Written(new RegistryWrite.AppendRecord("audit", "{}"u8.ToArray()));
            var record = Assert.Single(_scene.Changes.OfType<RowChange.RecordPut>()).Row;
            Assert.Equal((i + 1, $"{i + 1:D16}"), (record.Version, record.Id));
        }
    }

    [Fact]
    public void A_write_that_names_a_document_or_a_record_twice_is_rejected()
    {
        Assert.Contains("user/a twice", Rejected(Put("a", "1"), Put("a", "2")).Detail, StringComparison.Ordinal);
        Assert.Contains(
            "audit/a twice",
            Rejected(
                new RegistryWrite.PutRecord("audit", "a", "{}"u8.ToArray()),
                new RegistryWrite.RemoveRecord("audit", "a")
            ).Detail,
            StringComparison.Ordinal
        );
        // A document and a record may have the same kind and id.
        Written(Put("a", "1"), new RegistryWrite.PutRecord("user", "a", "{}"u8.ToArray()));
    }

    [Theory]
    [InlineData("User", "a", "The kind 'User' is not valid")]
    [InlineData("", "a", "The kind '' is not valid")]
    [InlineData("user", "", "The id '' is not valid")]
    [InlineData("user", "a b", "The id 'a b' is not valid")]
    [InlineData("user", "jan\u0161", "is not valid")]
    public void An_invalid_name_is_rejected_with_the_format(string kind, string id, string message)
    {
        var rejection = Rejected(new RegistryWrite.Put(kind, id, "{}"u8.ToArray(), RegistryWrite.AnyVersion));

        Assert.Equal(RejectionKind.BadRequest, rejection.Kind);
        Assert.Contains(message, rejection.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_without_writes_or_with_too_many_is_rejected_naming_the_limit()
    {
        Assert.Contains("contains 0 registry writes", Rejected().Detail, StringComparison.Ordinal);
        var many = Enumerable.Range(0, 101).Select(i => Put($"{i}", "{}")).ToArray();
        Assert.Contains(
            "101 registry writes; the allowed number is 1 to 100",
            Rejected(many).Detail,
            StringComparison.Ordinal
        );
        Written(many[1..]);
    }

    // Limits

    [Fact]
    public void A_document_is_limited_in_size_and_an_empty_one_is_rejected()
    {
        Written(Put("a", new string('x', 65_536)));

        var rejection = Rejected(Put("b", new string('x', 65_537)));
        Assert.Contains("is 65537 bytes", rejection.Detail, StringComparison.Ordinal);
        Assert.Contains("65536 bytes", rejection.Detail, StringComparison.Ordinal);
        Assert.Contains("is empty", Rejected(Put("b", "")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void The_registry_is_limited_in_bytes_and_changes_that_do_not_enlarge_it_are_still_accepted()
    {
        var content = new string('x', RegistryLimits.DocumentBytes - 10);
        var n = 0;
        while (Registry.Bytes + RegistryLimits.DocumentBytes <= RegistryLimits.TotalBytes)
            Written(Put($"{n++:D6}", content));

        var rejection = Rejected(Put("a", content), Put("b", content));

        Assert.Equal(RejectionKind.RegistryFull, rejection.Kind);
        Assert.Contains(
            $"the limit is {RegistryLimits.TotalBytes} bytes",
            rejection.Detail,
            StringComparison.Ordinal
        );
        Written(Put("000000", content));
        Written(new RegistryWrite.Delete("user", "000001", RegistryWrite.AnyVersion), Put("b", content));
        Written(new RegistryWrite.AppendRecord("audit", Encoding.UTF8.GetBytes(content)));
    }

    [Fact]
    public void The_registry_is_limited_in_documents()
    {
        for (var i = 0; i < RegistryLimits.Documents; i++)
            _scene.Broker.Restore(new RegistryDocument("user", $"{i}", 1, "{}"u8.ToArray()), default);
        _scene.Broker.Restore(new ShardRow(1, 1, 1, _scene.Now) { NextRegistryVersion = 2 }, default);

        var rejection = Rejected(Put("a", "{}"));

        Assert.Equal(RejectionKind.RegistryFull, rejection.Kind);
        Assert.Contains("100001 documents; the limit is 100000", rejection.Detail, StringComparison.Ordinal);
        Written(Put("a", "{}"), new RegistryWrite.Delete("user", "7", 1));
    }

    [Fact]
    public void Without_disk_space_documents_can_be_changed_but_no_records_added_R25()
    {
        _scene.Do(new Command.DiskSpaceChanged(true, "12 MB is free, 64 MB is needed"));
        var entry = new RegistryWrite.AppendRecord("audit", "{}"u8.ToArray());

        Written(Put("a", "{}"), entry);
        Written(new RegistryWrite.RemoveRecord("audit", "0000000000000001"));
        var rejection = Rejected(entry, new RegistryWrite.RemoveRecord("audit", "0000000000000001"));

        Assert.Equal(RejectionKind.StorageFull, rejection.Kind);
        Assert.Contains("12 MB is free", rejection.Detail, StringComparison.Ordinal);
    }

    // Secrets

    [Fact]
    public void No_text_of_a_document_a_write_or_a_rejection_contains_its_content()
    {
        const string secret = "hunter2";
        var put = Put("a", secret, expected: 7);
        Written(Put("a", secret));
        var document = Registry.All.Single();

        object[] texts =
        [
            put,
            document,
            new RegistryRecord("audit", "1", 1, put.Json),
            new Command.WriteRegistry([put]),
            new RegistryChange.Put(document),
            Conflict(put).ToRejection(),
            Rejected(Put("c", secret), Put("c", secret)),
            Rejected(Put("c", secret + new string('x', RegistryLimits.DocumentBytes))),
        ];

        Assert.All(texts, text => Assert.DoesNotContain(secret, text.ToString(), StringComparison.Ordinal));
    }

    // Submissions

    [Fact]
    public void A_job_and_the_writes_that_it_carries_are_one_change_that_names_the_job_R27()
    {
        _scene.Join("w1");

        var job = Submit(Put("a", "{}"), new RegistryWrite.PutRecord("simulation", "17", "{}"u8.ToArray()));

        Assert.Null(job.Rejection);
        Assert.Equal(job.Id, Assert.Single(_scene.Changes.OfType<RowChange.DocumentPut>()).Row.Job);
        Assert.Equal(job.Id, Assert.Single(_scene.Changes.OfType<RowChange.RecordPut>()).Row.Job);
        Assert.Single(_scene.Changes.OfType<RowChange.JobAdded>());
    }

    [Fact]
    public void A_conflict_rejects_the_job_that_carries_the_write_by_name_and_writes_nothing_of_it_R27()
    {
        _scene.Join("w1");
        Written(Put("a", "{}"));

        var jobs = SubmitAll([Put("b", "{}"), Put("a", "{}", expected: 9)], [Put("c", "{}")]);

        Assert.Equal(RejectionKind.VersionConflict, jobs[0].Rejection!.Kind);
        Assert.Contains(
            "The document user/a in the registry has version 1",
            jobs[0].Rejection!.Detail,
            StringComparison.Ordinal
        );
        Assert.Null(jobs[1].Rejection);
        Assert.Equal("c", Assert.Single(_scene.Changes.OfType<RowChange.DocumentPut>()).Row.Id);
        Assert.Equal(jobs[1].Id, Assert.Single(_scene.Changes.OfType<RowChange.JobAdded>()).Row.Id);
    }

    [Fact]
    public void A_rejected_job_writes_nothing_to_the_registry()
    {
        _scene.Join("w1");

        var job = SubmitAll("unknown", [Put("a", "{}")])[0];

        Assert.Equal(RejectionKind.UnknownMethod, job.Rejection!.Kind);
        Assert.Equal(0, Registry.Count);
    }

    [Fact]
    public void A_submission_carries_at_most_eight_writes()
    {
        _scene.Join("w1");
        RegistryWrite[] nine = [.. Enumerable.Range(0, 9).Select(i => Put($"{i}", "{}"))];

        var rejected = _scene.Ask<Response.Rejected>(Submission("noop", nine[..4], nine[4..]));

        Assert.Contains(
            "contain 9 registry writes; the limit is 8",
            rejected.Rejection.Detail,
            StringComparison.Ordinal
        );
        Assert.All(SubmitAll(nine[..4], nine[4..8]), job => Assert.Null(job.Rejection));
    }

    private static RegistryWrite.Put Put(string id, string json, long expected = RegistryWrite.AnyVersion) =>
        new("user", id, Encoding.UTF8.GetBytes(json), expected);

    private IReadOnlyList<long> Written(params RegistryWrite[] writes) =>
        _scene.Ask<Response.RegistryWritten>(new Command.WriteRegistry(writes)).Versions;

    private RegistryFault.Conflict Conflict(params RegistryWrite[] writes) =>
        _scene.Ask<Response.RegistryConflict>(new Command.WriteRegistry(writes)).Conflict;

    private Rejection Rejected(params RegistryWrite[] writes) =>
        _scene.Ask<Response.Rejected>(new Command.WriteRegistry(writes)).Rejection;

    private SubmitResult Submit(params RegistryWrite[] writes) => SubmitAll(writes)[0];

    private IReadOnlyList<SubmitResult> SubmitAll(params RegistryWrite[][] writesOfJobs) =>
        SubmitAll("noop", writesOfJobs);

    private IReadOnlyList<SubmitResult> SubmitAll(string method, params RegistryWrite[][] writesOfJobs) =>
        _scene.Ask<Response.Submitted>(Submission(method, writesOfJobs)).Results;

    private static Command.Submit Submission(string method, params RegistryWrite[][] writesOfJobs) =>
        new([
            .. writesOfJobs.Select(writes => new NewJob(
                new JobSpec
                {
                    Queue = QueueName.Default,
                    Method = new MethodName(method),
                    Owner = "admin",
                },
                default
            )
            {
                RegistryWrites = writes,
            }),
        ]);
}
