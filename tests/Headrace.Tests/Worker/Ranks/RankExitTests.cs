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

    private const string OpenMpiExit = """
        --------------------------------------------------------------------------
        Primary job  terminated normally, but 1 process returned
        a non-zero exit code. Per user-direction, the job has been aborted.
        --------------------------------------------------------------------------
        --------------------------------------------------------------------------
        mpiexec.openmpi detected that one or more processes exited with non-zero status, thus causing
        the job to be terminated. The first process to do so was:

          Process name: [[12421,1],1]
          Exit code:    3
        --------------------------------------------------------------------------
        """;

    private const string OpenMpiAbort = """
        --------------------------------------------------------------------------
        MPI_ABORT was invoked on rank 1 in communicator MPI_COMM_WORLD
        with errorcode 3.

        NOTE: invoking MPI_ABORT causes Open MPI to kill all MPI processes.
        --------------------------------------------------------------------------
        """;

    private const string OpenMpiSignal =
        "mpirun noticed that process rank 1 with PID 0 on node vm exited on signal 11 (Segmentation fault).";

    private const string MpichAbort =
        "Abort(3) on node 1 (rank 1 in comm 0): application called MPI_Abort(MPI_COMM_WORLD, 3) - process 1";

    private const string NotStarted = """
        --------------------------------------------------------------------------
        There are not enough slots available in the system to satisfy the 2
        slots that were requested by the application:

          ./program
        --------------------------------------------------------------------------
        """;

    [Theory]
    [InlineData(OpenMpiExit, "", "bad input", " on rank 1: bad input")]
    [InlineData(OpenMpiExit, "warning", "bad input", " on rank 1: bad input")]
    // All ranks exit with the code after rank 0 has reported the reason.
    [InlineData(OpenMpiExit, "bad input", "", " on rank 1; rank 0 wrote: bad input")]
    [InlineData(OpenMpiExit, "", "", " on rank 1.")]
    [InlineData(OpenMpiAbort, "", "bad input", " on rank 1: bad input")]
    [InlineData(OpenMpiSignal, "", "", " on rank 1.")]
    [InlineData(MpichAbort, "", "", " on rank 1.")]
    [InlineData(MpichAbort, "", "bad input", " on rank 1: bad input")]
    [InlineData("srun: error: vm: task 1: Exited with exit code 3", "", "", " on rank 1.")]
    [InlineData(MpichKilled, "", "", ".")]
    // MPICH says nothing if a rank exits with a code.
    [InlineData("", "", "", ".")]
    [InlineData("", "", "bad input", "; rank 1 wrote: bad input")]
    [InlineData(
        NotStarted,
        "",
        "",
        ": There are not enough slots available in the system to satisfy the 2 slots that were requested by the "
            + "application:"
    )]
    public void The_rank_that_failed_and_its_last_line_are_named_and_no_banner_of_the_launcher(
        string messages,
        string line0,
        string line1,
        string words
    ) => Assert.Equal(words, RankExit.EndOf(messages, [line0, line1]).ToString());

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
