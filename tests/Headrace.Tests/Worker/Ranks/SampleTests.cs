using Headrace.Core.Jobs;
using Headrace.Tests.Architecture;
using Headrace.Tests.Worker.Commands;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

/// <summary>
/// Runs the C samples with both MPI implementations, and the Python samples with the implementation that Debian's
/// mpi4py uses.
/// </summary>
[Trait("Needs", "Servers")]
public sealed class SampleTests
{
    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task The_program_in_C_runs_for_each_job(string implementation)
    {
        await using var scene = await StartAsync(
            $$"""
            "argv": ["{{MpiProgram.Of(implementation, "samples/mpi-c/pi.c")}}", "100000"], "mpi": { "ranks": 2 },
            """
        );

        Assert.Equal("3.141592654\n", (await scene.RunAsync("m")).Result);
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task The_group_in_C_runs_a_batch_and_then_another(string implementation)
    {
        await using var scene = await StartAsync(
            $$"""
            "argv": ["{{MpiProgram.Of(implementation, "samples/mpi-c/primes.c")}}"], "params": {},
            "mpi": { "ranks": 2 }, "warm": { "batch": 64 },
            """
        );
        await AssertBatchAsync(scene, i => $"0 {i}", i => $"{PrimesBelow(i)}\n");
        await AssertBatchAsync(scene, i => $"0 {i}", i => $"{PrimesBelow(i)}\n");
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public async Task A_job_with_a_faulty_body_fails_with_the_reason_and_the_others_of_its_batch_succeed(
        string implementation
    )
    {
        await using var scene = await StartAsync(
            $$"""
            "argv": ["{{MpiProgram.Of(implementation, "samples/mpi-c/primes.c")}}"], "params": {},
            "mpi": { "ranks": 2 }, "warm": { "batch": 64 },
            """
        );
        var ids = new List<JobId>();
        for (var i = 0; i < 20; i++)
            ids.Add(await scene.SubmitAsync("m", body: i % 2 == 0 ? "abc" : "0 10"));

        for (var i = 0; i < ids.Count; i++)
        {
            var (row, result) = await scene.Worker.EndOfAsync(ids[i]);
            if (i % 2 == 0)
                Assert.Equal(
                    (FailReason.Rejected, "The body must be two whole numbers, such as \"2 1000\"."),
                    (row.Reason, row.Error!.Message)
                );
            else
                Assert.Equal("4\n", result);
        }
    }

    [Fact]
    public async Task The_program_in_Python_runs_for_each_job()
    {
        await using var scene = await StartAsync(
            $$"""
            "argv": ["python3", "{{Repository.Root}}/samples/mpi4py/mean.py"], "mpi": { "ranks": 2 },
            """
        );

        Assert.Equal("2.5\n", (await scene.RunAsync("m", body: "1 2 3 4")).Result);
    }

    [Fact]
    public async Task The_group_in_Python_runs_a_batch()
    {
        await using var scene = await StartAsync(
            $$"""
            "argv": ["python3", "{{Repository.Root}}/samples/mpi4py/word_count.py"], "params": {},
            "mpi": { "ranks": 2, "implementation": "openmpi" }, "warm": { "batch": 64 },
            """
        );

        await AssertBatchAsync(scene, i => string.Concat(Enumerable.Repeat("word ", i)), i => $"{i}\n");
    }

    [Fact]
    public void The_manifests_of_the_samples_are_valid()
    {
        string[] folders = ["samples/mpi-c", "samples/mpi4py"];
        var manifests = folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.method.json"))
            .Select(path => Manifests.Manifest.Valid(File.ReadAllText(path), path))
            .ToList();

        Assert.Equal(4, manifests.Count);
        Assert.Equal(2, manifests.Count(manifest => manifest.Warm is not null));
    }

    private static async Task<ProgramScene> StartAsync(string members)
    {
        var scene = await ProgramScene.StartAsync();
        scene.MapProgram("m", "", members);
        await scene.Worker.JoinAsync(slots: 2);
        return scene;
    }

    private static async Task AssertBatchAsync(ProgramScene scene, Func<int, string> body, Func<int, string> result)
    {
        var ids = new List<JobId>();
        for (var i = 0; i < 40; i++)
            ids.Add(await scene.SubmitAsync("m", body: body(i)));
        for (var i = 0; i < ids.Count; i++)
            Assert.Equal(result(i), (await scene.Worker.EndOfAsync(ids[i])).Result);
    }

    private static int PrimesBelow(int limit) =>
        Enumerable.Range(2, Math.Max(0, limit - 2)).Count(n => Enumerable.Range(2, n - 2).All(d => n % d != 0));
}
