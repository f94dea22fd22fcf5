using System.Buffers;
using System.Runtime.InteropServices;
using Headrace.Mpi.Native;

namespace Headrace.Mpi;

/// <summary>A transfer that MPI performs. The memory is pinned until the transfer completes.</summary>
internal sealed unsafe class MpiRequest(MpiRuntime runtime, nint request, MemoryHandle pinned, bool isReceive)
    : PendingTransfer
{
    private readonly nint _request = request;
    private MemoryHandle _pinned = pinned;
    private MessageStatus _status;
    private bool _isComplete;

    public override MessageStatus Wait()
    {
        if (_isComplete)
            return _status;
        runtime.RequireThread();
        var status = stackalloc byte[runtime.Abi.StatusSize];
        var handle = _request;
        var result = NativeMpi.Wait(&handle, status);
        Complete(status);
        runtime.Check(result);
        return _status;
    }

    public override bool TryComplete(out MessageStatus status)
    {
        if (!_isComplete)
        {
            runtime.RequireThread();
            var buffer = stackalloc byte[runtime.Abi.StatusSize];
            var handle = _request;
            int isComplete;
            var result = NativeMpi.Test(&handle, &isComplete, buffer);
            if (result != 0 || isComplete != 0)
                Complete(buffer);
            runtime.Check(result);
        }
        status = _status;
        return _isComplete;
    }

    private protected override int WaitForOne(ReadOnlySpan<PendingTransfer> transfers)
    {
        runtime.RequireThread();
        var stride = runtime.Abi.RequestSize;
        var requests = new byte[transfers.Length * stride];
        for (var i = 0; i < transfers.Length; i++)
        {
            var transfer =
                transfers[i] as MpiRequest
                ?? throw new ArgumentException("The transfers belong to different kinds of communicators.");
            if (transfer._isComplete)
                return i;
            MemoryMarshal
                .AsBytes(new ReadOnlySpan<nint>(in transfer._request))[..stride]
                .CopyTo(requests.AsSpan(i * stride));
        }
        var status = stackalloc byte[runtime.Abi.StatusSize];
        int index;
        int result;
        fixed (byte* array = requests)
            result = NativeMpi.WaitAny(transfers.Length, array, &index, status);
        if (index >= 0 && index < transfers.Length)
            ((MpiRequest)transfers[index]).Complete(status);
        runtime.Check(result);
        return index;
    }

    private void Complete(byte* status)
    {
        _isComplete = true;
        _status = isReceive ? runtime.Abi.Read(status) : default;
        _pinned.Dispose();
    }
}
