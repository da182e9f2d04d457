using System.Management.Automation;
using RaftKv.Cmdlets;

namespace RaftKv.Tests.PSModule;

/// <summary>How an asynchronous call runs inside a cmdlet.</summary>
public sealed class PipelinePumpTests
{
    [Fact]
    public void Run_WhatTheCallPosts_HappensOnTheCallersThreadInOrder()
    {
        using IdleCmdlet cmdlet = new();
        using PipelinePump pump = new(cmdlet);
        int thread = Environment.CurrentManagedThreadId;
        List<int> seen = [];
        int result = pump.Run(
            async token =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    int number = i;
                    pump.Post(
                        _ =>
                        {
                            Assert.Equal(thread, Environment.CurrentManagedThreadId);
                            seen.Add(number);
                        },
                        token);
                    await Task.Yield();
                }

                return 42;
            },
            CancellationToken.None);
        Assert.Equal(42, result);
        Assert.Equal(Enumerable.Range(0, 1000), seen);
    }

    [Fact]
    public void Run_StoppedWhileTheCallIsDeaf_LeavesItBehind()
    {
        using IdleCmdlet cmdlet = new();
        using PipelinePump pump = new(cmdlet);
        using CancellationTokenSource stop = new();
        TaskCompletionSource deaf = new();
        TaskCompletionSource begun = new();
        _ = begun.Task.ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        Assert.Throws<PipelineStoppedException>(() => pump.Run(
            async _ =>
            {
                begun.SetResult();
                await deaf.Task;
                return 0;
            },
            stop.Token));
        deaf.SetResult();
    }

    [Fact]
    public void Run_TheCallFails_ThrowsWhatItThrew()
    {
        using IdleCmdlet cmdlet = new();
        using PipelinePump pump = new(cmdlet);
        Assert.Throws<InvalidDataException>(() => pump.Run<int>(_ => throw new InvalidDataException("bad"), CancellationToken.None));
    }

    [Fact]
    public async Task Run_ThePipelineWantsNoMore_CancelsTheCall()
    {
        using IdleCmdlet cmdlet = new();
        using PipelinePump pump = new(cmdlet);
        TaskCompletionSource cancelled = new();
        Assert.Throws<PipelineStoppedException>(() => pump.Run(
            async token =>
            {
                token.Register(cancelled.SetResult);
                pump.Post(_ => throw new PipelineStoppedException(), CancellationToken.None);
                await cancelled.Task;
                return 0;
            },
            CancellationToken.None));
        await cancelled.Task.WaitAsync(Patience.Limit);
    }

    private sealed class IdleCmdlet : RaftCmdlet;
}
