using System.Text;
using Headrace.Worker.Processes;
using Headrace.Worker.Ranks;
using Xunit;

namespace Headrace.Tests.Worker.Ranks;

public sealed class RankExitTests
{
    private const string MpichKilled = """
        = BAD TERMINATION OF ONE OF YOUR APPLICATION PROCESSES
        =   EXIT CODE: 9
        YOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)
        """;

    [Theory]
    [InlineData("openmpi", 137, "", 9)]
    [InlineData("openmpi", 139, "", 11)]
    [InlineData("openmpi", 3, "", 0)]
    [InlineData("openmpi", 255, "", 0)]
    [InlineData("mpich", 9, MpichKilled, 9)]
    // This program exits with code 9 without being killed.
    [InlineData("mpich", 9, "", 0)]
    [InlineData("mpich", 137, "", 0)]
    [InlineData("", 137, "", 9)]
    public void The_signal_that_ended_a_rank_is_recognized(string word, int code, string messages, int signal)
    {
        MpiLibrary? library = word switch
        {
            "openmpi" => MpiLibrary.OpenMpi,
            "mpich" => MpiLibrary.Mpich,
            _ => null,
        };
        var status = RankExit.StatusOf(library, new ExitStatus(code, 0, TimeSpan.Zero, 0), messages);

        Assert.Equal((signal, signal > 0 ? 128 + signal : code), (status.Signal, status.Code));
    }

    [Fact]
    public void The_end_of_the_launcher_by_a_signal_is_reported_as_it_is()
    {
        var killed = new ExitStatus(137, 9, TimeSpan.Zero, 0);

        Assert.Equal(killed, RankExit.StatusOf(MpiLibrary.Mpich, killed, ""));
    }

    [Fact]
    public void Each_line_that_a_rank_prints_begins_with_its_number()
    {
        var log = new List<string>();

        new RankLog(12, lines => log.Add(Encoding.UTF8.GetString(lines))).Write("one\n\nthree"u8);

        Assert.Equal(["[12] one\n[12] \n[12] three"], log);
    }
}
